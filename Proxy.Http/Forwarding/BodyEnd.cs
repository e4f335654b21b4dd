namespace Proxy.Http.Forwarding;

/// <summary>How the transfer of a body ended.</summary>
internal enum BodyEnd : byte
{
    Complete,

    /// <summary>The source ended, or was reset, before the body did.</summary>
    SourceGone,

    /// <summary>The source breaks the chunked coding.</summary>
    SourceMalformed,

    /// <summary>The source took longer than it may.</summary>
    SourceOverdue,

    /// <summary>The receiver takes no more.</summary>
    SinkGone,

    /// <summary><see cref="BodyPump.Stop"/> was called.</summary>
    Stopped,
}
