namespace Proxy.Http.Messages;

/// <summary>A range of a head's bytes.</summary>
internal readonly record struct Slice(int Start, int Length)
{
    public int End => Start + Length;

    public bool IsEmpty => Length == 0;
}
