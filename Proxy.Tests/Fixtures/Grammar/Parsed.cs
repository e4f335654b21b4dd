using System.Buffers;
using System.Text;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>What becomes of some bytes.</summary>
internal enum Verdict
{
    Incomplete,
    Accepted,
    Refused,
}

/// <summary>What a parser made of some bytes; two readings are equal when all of it is.</summary>
/// <param name="Rejection">Why it was refused, or None.</param>
/// <param name="Length">Bytes read; 0 while incomplete.</param>
/// <param name="Meaning">The meaning of a whole message, as text.</param>
internal readonly record struct Parsed(Rejection Rejection, int Length, string Meaning)
{
    public bool IsIncomplete => Rejection == Rejection.None && Length == 0;

    public bool IsAccepted => Rejection == Rejection.None && Length > 0;

    public Verdict Verdict => Rejection != Rejection.None ? Verdict.Refused
        : Length > 0 ? Verdict.Accepted : Verdict.Incomplete;

    public static Parsed OfRequest(string text) => OfRequest(Segments.Whole(Encoding.Latin1.GetBytes(text)));

    public static Parsed OfRequest(ReadOnlySequence<byte> buffer)
    {
        var head = new RequestHead();
        var rejection = RequestParser.TryRead(buffer, head, out var length);
        return Of(rejection, length, head, MeaningOf);
    }

    public static Parsed OfResponse(string text, Method method = Method.Get) =>
        OfResponse(Segments.Whole(Encoding.Latin1.GetBytes(text)), method);

    public static Parsed OfResponse(ReadOnlySequence<byte> buffer, Method method)
    {
        var head = new ResponseHead();
        var rejection = ResponseParser.TryRead(buffer, method, head, out var length);
        return Of(rejection, length, head, MeaningOf);
    }

    public static Parsed OfTrailers(string text) => OfTrailers(Segments.Whole(Encoding.Latin1.GetBytes(text)));

    public static Parsed OfTrailers(ReadOnlySequence<byte> buffer) => OfTrailers(buffer, isResponse: false);

    public static Parsed OfTrailers(ReadOnlySequence<byte> buffer, bool isResponse)
    {
        var section = new TrailerSection();
        var rejection = TrailerParser.TryRead(buffer, section, isResponse, out var length);
        return Of(rejection, length, section, FieldsOf);
    }

    /// <summary>Reads again with each piece that arrives, until something is decided.</summary>
    public static Parsed Arriving(byte[] bytes, Func<ReadOnlySequence<byte>, Parsed> read, params int[] cuts)
    {
        foreach (var length in cuts)
        {
            var early = read(Segments.Whole(bytes[..length]));
            if (!early.IsIncomplete) return early;
        }

        return read(Segments.Whole(bytes));
    }

    public static string Text(Head head, Slice slice) => Encoding.Latin1.GetString(head[slice]);

    public static string FieldsOf(Head head)
    {
        var text = new StringBuilder();
        foreach (ref var field in head.Fields)
        {
            var mark = field.IsNamedByConnection ? "!" : "";
            text.Append($"{mark}{Text(head, field.Name)}={Text(head, field.Value)}\n");
        }

        return text.ToString();
    }

    public static string MeaningOf(RequestHead head) =>
        $"{head.Method} {Text(head, head.MethodText)} {head.Form} {Text(head, head.PathAndQuery)} " +
        $"1.{(int)head.Version}\n" +
        $"host {Text(head, head.Host)} {head.Framing} persistent {head.IsPersistent}\n" + FieldsOf(head);

    public static string MeaningOf(ResponseHead head) =>
        $"1.{(int)head.Version} {head.Status} {Text(head, head.StatusAndReason)}\n" +
        $"{head.Framing} persistent {head.IsPersistent}\n" + FieldsOf(head);

    private static Parsed Of<T>(Rejection rejection, int length, T head, Func<T, string> meaning) =>
        new(rejection, length, rejection == Rejection.None && length > 0 ? meaning(head) : "");
}
