namespace Proxy.Http.Messages;

/// <summary>The head of a response.</summary>
internal sealed class ResponseHead : Head
{
    /// <summary>100..999.</summary>
    public int Status { get; set; }

    /// <summary>Status code and reason phrase as received, from the code to the end of the line.</summary>
    public Slice StatusAndReason { get; set; }

    /// <summary>1xx but 101: another head follows (RFC 9110 §15.2).</summary>
    public bool IsInterim => Status < 200 && Status != 101;

    /// <summary>Whether another request may follow on the connection, once the body has ended.</summary>
    public bool IsReusable => IsPersistent && Framing.Kind != BodyKind.UntilClose && !AnnouncesWhatCannotBe;

    // 204 has no content: a backend that tells of some may send it, as the beginning of another answer.
    private bool AnnouncesWhatCannotBe => Status == 204 &&
        (Has(FieldName.TransferEncoding) ||
            TextOf(FieldName.ContentLength).ContainsAnyExcept((byte)'0'));

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        Status = 0;
        StatusAndReason = default;
    }
}
