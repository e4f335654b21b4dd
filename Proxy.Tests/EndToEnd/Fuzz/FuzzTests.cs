using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Fuzz;

/// <summary>
/// Goal: whatever clients and backends do at once, no request and no answer changes, goes astray or is made up.
/// Method: each request has a number that decides all about it and its answer; many go at the same time, pipelined and
/// in pieces, to backends that also break off, talk nonsense and say too much. The numbers are the same in every run.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class FuzzTests(Engine engine)
{
    private const int Clients = 16;
    private const int ConversationsEach = 25;
    private const int RequestsMax = 6;

    [Test]
    public async Task WhateverIsSaid_EveryAnswerIsThatOfItsRequest()
    {
        await using var proxy = new ProxyUnderTest(engine);
        await using var backend = new FuzzBackend();
        proxy.Routes.Set("a.com", backend.Url);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => TalkAsync(proxy, client)));
        Assert.That(backend.Complaints, Is.Empty);
        Assert.That(backend.Seen.Max(), Is.LessThan(Clients * ConversationsEach * RequestsMax));
        foreach (var repeated in backend.Seen.GroupBy(number => number).Where(group => group.Count() > 1))
            Assert.That(new FuzzPlan(repeated.Key).Method, Is.Not.EqualTo("POST"), $"{repeated.Key} was sent twice");
        Assert.That(() => proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(() => proxy.Pool.OpenCount - proxy.Pool.IdleCount, Is.Zero.After(5000, 10));
        Assert.That(proxy.Errors.Text, Does.Not.Contain("Exception"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    private static async Task TalkAsync(ProxyUnderTest proxy, int client)
    {
        for (var conversation = 0; conversation < ConversationsEach; conversation++)
        {
            var first = ((client * ConversationsEach) + conversation) * RequestsMax;
            var plans = Enumerable.Range(first, 1 + (first / RequestsMax % RequestsMax))
                .Select(number => new FuzzPlan(number)).ToList();
            using var peer = await proxy.ConnectAsync();
            var isPipelined = conversation % 2 == 0;
            var sending = isPipelined ? SendAsync(peer, plans) : Task.CompletedTask;
            foreach (var plan in plans)
            {
                if (!isPipelined) await SendAsync(peer, [plan]);
                if (!await TryHearAsync(peer, plan, isPipelined ? plans : [plan])) break;
            }

            peer.Dispose();
            await sending;
        }
    }

    private static async Task SendAsync(Peer peer, List<FuzzPlan> plans)
    {
        try
        {
            foreach (var plan in plans)
            {
                foreach (var piece in plan.Pieces(plan.Request)) await peer.SendAsync(piece);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // What is received decides whether that was right.
        }
    }

    /// <summary>Receives an answer and checks it; false when the connection has ended as it had to.</summary>
    private static async Task<bool> TryHearAsync(Peer peer, FuzzPlan plan, List<FuzzPlan> sent)
    {
        string answer;
        try
        {
            answer = await peer.ReadMessageAsync(plan.Method != "HEAD");
            while (answer.StartsWith("HTTP/1.1 103", StringComparison.Ordinal))
                answer = await peer.ReadMessageAsync(plan.Method != "HEAD");
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            // What is cut takes along what has not reached the client yet.
            var isCut = sent.Exists(it => it.Number >= plan.Number && it.Fault == FuzzFault.Cut);
            Assert.That(isCut, $"{plan.Number}: {e.Message}");
            return false;
        }

        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        var (head, body) = (answer[..end], answer[end..]);
        if (head.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal))
        {
            // A pooled connection may end under a request that must not be sent twice.
            var isRight = plan.Fault is FuzzFault.Silence or FuzzFault.Garbage || plan.RequestBody.Length > 0 ||
                plan.Method == "POST";
            Assert.That(isRight, $"{plan.Number} was answered: {answer}");
            return Peer.ValueOf(head, "Connection") is null;
        }

        Assert.That(Peer.ValueOf(head, "X-Number"), Is.EqualTo($"{plan.Number}"), answer);
        Assert.That(plan.Fault, Is.EqualTo(FuzzFault.None).Or.EqualTo(FuzzFault.Extra), $"{plan.Number}: {answer}");
        if (plan.Method == "HEAD") return true;
        var isChunked = head.Contains("Transfer-Encoding:", StringComparison.Ordinal);
        Assert.That(isChunked ? FuzzPlan.Content(body) : body, Is.EqualTo(plan.ResponseBody), $"{plan.Number}");
        return true;
    }
}
