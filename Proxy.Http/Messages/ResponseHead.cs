namespace Proxy.Http.Messages;

/// <summary>The head of a response.</summary>
internal sealed class ResponseHead : Head
{
    /// <summary>The status code, 100 to 999.</summary>
    public int Status { get; set; }

    /// <summary>Status code and reason phrase as received, from the code to the end of the line.</summary>
    public Slice StatusAndReason { get; set; }

    /// <summary>Whether the status is 1xx other than 101, so that another head follows (RFC 9110 §15.2).</summary>
    public bool IsInterim => Status < 200 && Status != 101;

    /// <summary>Whether the connection can carry another request after the body.</summary>
    public bool IsReusable => IsPersistent && Framing.Kind != BodyKind.UntilClose && !AnnouncesForbiddenBody;

    // 204 has no content. A backend that announces a body may send it, and it would be taken for the next response.
    private bool AnnouncesForbiddenBody => Status == 204 &&
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
