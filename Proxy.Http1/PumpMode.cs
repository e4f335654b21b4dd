namespace Proxy.Http1;

/// <summary>How a body comes in and goes out.</summary>
internal enum PumpMode : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A known number of bytes.</summary>
    Length,

    /// <summary>Chunked, and passed on as it is.</summary>
    Chunked,

    /// <summary>Chunked, for a receiver that knows only the end of the connection.</summary>
    ChunkedToClose,

    /// <summary>Until the source ends.</summary>
    UntilClose,

    /// <summary>Until the source ends, for a receiver that is told so by chunked coding.</summary>
    UntilCloseToChunked,
}
