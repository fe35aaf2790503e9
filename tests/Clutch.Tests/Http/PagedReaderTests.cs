using System.Globalization;
using Clutch.Executions;
using Clutch.Http;
using Clutch.Http.Paging;
using Clutch.Items;
using Clutch.Tests.Files;

namespace Clutch.Tests.Http;

public sealed class PagedReaderTests
{
    private readonly List<string> _list = [.. Enumerable.Range(1, 95).Select(i => $"sku-{i:D3}")];
    private readonly List<PageRequest> _requests = [];

    [Fact]
    public async Task A_whole_listing_is_read_in_order_and_proves_itself_complete()
    {
        var (items, reader, _) = await ReadAsync(Source());

        Assert.Equal(_list, items);
        Assert.True(reader.Proof.IsComplete, reader.Proof.FindGap());
        Assert.Equal((10, 95, 95L, 95L), (reader.Proof.Pages, reader.Proof.Items, reader.Proof.Distinct!.Value, reader.Proof.Total!.Value));
    }

    [Fact]
    public async Task The_proof_lies_in_the_jobs_state_for_the_next_step()
    {
        var step = FileSteps.Step();
        await using var reader = new PagedReader<string>(Source());
        await reader.OpenAsync(null, step, default);
        Assert.False(ListingProof.Find(step.JobState, "summary")!.IsComplete);

        await DrainAsync(reader, 100);

        var proof = ListingProof.Find(new ContextValues(step.JobState.Pending!.Value.Json), "summary");
        Assert.True(proof!.IsComplete);
        Assert.Null(ListingProof.Find(step.JobState, "another"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(7)]
    [InlineData(1)]
    public async Task A_restart_anywhere_goes_on_exactly_where_it_stopped(int chunkSize)
    {
        var (_, _, chunks) = await ReadAsync(Source(), chunkSize);

        for (var done = 0; done < chunks.Count - 1; done += Math.Max(1, chunks.Count / 12))
        {
            var given = chunks.Take(done + 1).Sum(chunk => chunk.Items.Count);
            var (rest, reader, _) = await ReadAsync(Source(), chunkSize, chunks[done].Checkpoint);

            Assert.Equal(_list.Skip(given), rest);
            Assert.False(reader.Proof.IsComplete);
            Assert.True(reader.Proof.WithDistinct(95).IsComplete, reader.Proof.FindGap());
            Assert.False(reader.Proof.WithDistinct(94).IsComplete);
        }
    }

    [Fact]
    public async Task A_page_that_shifted_since_is_given_again_so_that_nothing_is_missed()
    {
        var (_, _, chunks) = await ReadAsync(Source(), chunkSize: 7);
        _list.Insert(10, "sku-new");

        var (rest, _, _) = await ReadAsync(Source(), chunkSize: 7, chunks[1].Checkpoint);

        Assert.Equal(_list.Skip(10), rest);
    }

    [Fact]
    public async Task A_page_that_shifted_over_a_restart_leaves_a_doubt()
    {
        var (_, _, chunks) = await ReadAsync(Source(), chunkSize: 7);
        // The total stays, and yet what slipped to the page before was never read.
        _list.RemoveAt(0);
        _list.Add("sku-new");

        var (_, reader, _) = await ReadAsync(Source(), chunkSize: 7, chunks[1].Checkpoint);

        Assert.Equal("A page had shifted when it was read again after a restart.", reader.Proof.WithDistinct(95).FindGap());
    }

    [Fact]
    public async Task Empty_pages_repeats_and_pages_longer_than_asked_are_legal()
    {
        Page<string>[] pages = [new(["a", "b", "c"], "1", 4), new([], "2", 4), new(["c", "d"], "3", 4), new(["a"], "", 4)];
        var source = Source() with { PageSize = 1, Fetch = (request, _) => new(pages[int.Parse(request.Cursor ?? "0")]) };

        var (all, reader, _) = await ReadAsync(source, chunkSize: 2);
        var (different, _, _) = await ReadAsync(source with { DropsRepeats = true }, chunkSize: 2);

        Assert.Equal(["a", "b", "c", "c", "d", "a"], all);
        Assert.Equal(["a", "b", "c", "d"], different);
        Assert.True(reader.Proof.IsComplete, reader.Proof.FindGap());
    }

    [Fact]
    public async Task An_expired_cursor_begins_the_listing_anew_and_it_does_not_count_as_complete()
    {
        var isExpired = false;
        var source = Source();
        var (items, reader, _) = await ReadAsync(source with
        {
            Fetch = (request, token) =>
            {
                if (request.Cursor != "50" || isExpired)
                    return source.Fetch(request, token);
                isExpired = true;
                throw new HttpFaultException(new() { Kind = HttpFaultKind.Gone, Address = "x", Message = "gone" });
            },
        });

        Assert.Equal([.. _list.Take(50), .. _list], items);
        Assert.False(reader.Proof.IsComplete);
        Assert.Equal("A cursor expired and the listing began anew.", reader.Proof.WithDistinct(95).FindGap());
    }

    [Fact]
    public async Task A_cursor_that_expires_for_ever_fails_the_step()
    {
        var source = Source();
        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => ReadAsync(source with
        {
            Fetch = (request, token) => request.Cursor is null ? source.Fetch(request, token) : throw new HttpFaultException(new() { Kind = HttpFaultKind.Gone, Address = "x", Message = "gone" }),
        }));

        Assert.Equal(HttpFaultKind.Gone, fault.Kind);
        Assert.Equal(4, _requests.Count);
    }

    [Fact]
    public async Task Cursors_that_expired_in_an_earlier_execution_do_not_count()
    {
        var (_, _, chunks) = await ReadAsync(Expiring(Source(), times: 3));

        var (rest, _, _) = await ReadAsync(Expiring(Source(), times: 3), resumeFrom: chunks[^6].Checkpoint);

        Assert.Equal(_list, rest.TakeLast(95));
    }

    [Theory]
    [InlineData(96L, null, "The server said 96 items and listed 95 different ones.")]
    [InlineData(94L, null, "The server said 94 items and listed 95 different ones.")]
    [InlineData(null, null, "The server gave no total to compare with.")]
    [InlineData(95L, 90L, "The server's total changed from 95 to 90 while it was listed.")]
    public async Task A_total_that_does_not_fit_is_no_complete_listing(long? total, long? later, string gap)
    {
        var source = Source();

        var (_, reader, _) = await ReadAsync(source with
        {
            Fetch = async (request, token) => await source.Fetch(request, token) with { Total = request.Cursor == "50" ? later ?? total : total },
        });

        Assert.Equal(gap, reader.Proof.FindGap());
    }

    [Fact]
    public async Task A_listing_that_never_ends_is_noticed()
    {
        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => ReadAsync(Source() with { Fetch = (_, _) => new(new Page<string>(["a"], "same")) }));

        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    public async Task A_listing_whose_cursors_come_again_after_some_pages_is_noticed(int length)
    {
        static int Number(string? cursor) => int.Parse(cursor ?? "-1", CultureInfo.InvariantCulture);

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => ReadAsync(Source() with { Fetch = (request, _) => new(new Page<string>(["a"], $"{(Number(request.Cursor) + 1) % length}")) }));

        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
    }

    [Fact]
    public async Task A_range_that_answers_late_has_ended_when_its_reader_is_gone()
    {
        var (asked, canceled, ended) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        var source = Source() with
        {
            Ranges = ["late", "broken"],
            Fetch = async (request, cancellationToken) =>
            {
                if (request.Range == "broken")
                {
                    await asked.Task;
                    throw new InvalidOperationException("broken");
                }

                using var cancellation = cancellationToken.Register(canceled.SetResult);
                asked.SetResult();
                await ended.Task;
                return new([], null, 0);
            },
        };

        var reading = ReadAsync(source);
        await canceled.Task;

        Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System)));
        ended.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => reading);
    }

    [Fact]
    public async Task Ranges_are_listed_side_by_side_and_resumed_each_at_its_place()
    {
        var together = new CountdownEvent(3);
        var bothAsked = new TaskCompletionSource();
        var source = Source() with
        {
            Ranges = ["a", "b", "c"],
            Fetch = async (request, _) =>
            {
                // No range gets its first page before all three have asked.
                if (request.Cursor is null && !together.IsSet && together.Signal())
                    bothAsked.SetResult();
                await bothAsked.Task;
                var from = int.Parse(request.Cursor ?? "0");
                return new([.. Enumerable.Range(from, 5).Select(i => $"{request.Range}{i}")], from + 5 < 20 ? $"{from + 5}" : null, 20);
            },
        };

        var (items, reader, chunks) = await ReadAsync(source, chunkSize: 8);

        Assert.Equal(60, items.Distinct().Count());
        Assert.True(reader.Proof.IsComplete, reader.Proof.FindGap());
        for (var done = 0; done < chunks.Count; done++)
        {
            var (rest, _, _) = await ReadAsync(source, chunkSize: 8, chunks[done].Checkpoint);
            Assert.Equal(60, chunks.Take(done + 1).SelectMany(chunk => chunk.Items).Concat(rest).Distinct().Count());
            Assert.Equal(60, chunks.Take(done + 1).Sum(chunk => chunk.Items.Count) + rest.Count);
        }
    }

    [Fact]
    public async Task A_page_that_cannot_be_had_fails_the_step_and_keeps_what_was_read()
    {
        var source = Source();
        await using var reader = new PagedReader<string>(source with
        {
            Fetch = (request, token) => request.Cursor != "20" ? source.Fetch(request, token) : throw new HttpFaultException(new() { Kind = HttpFaultKind.Unknown, Address = "x", Message = "down" }),
        });
        await reader.OpenAsync(null, FileSteps.Step(), default);

        await Assert.ThrowsAsync<HttpFaultException>(() => DrainAsync(reader, 5));

        Assert.False(reader.Proof.IsEnded);
        Assert.Equal(20, reader.Proof.Items);
    }

    private PagedSource<string> Source() => new()
    {
        Name = "summary",
        PageSize = 10,
        Key = item => item,
        Fetch = (request, _) =>
        {
            lock (_requests)
                _requests.Add(request);
            var from = int.Parse(request.Cursor ?? "0");
            var page = _list.Skip(from).Take(request.Limit).ToArray();
            return new(new Page<string>(page, from + page.Length < _list.Count ? $"{from + page.Length}" : null, _list.Count));
        },
    };

    private static PagedSource<string> Expiring(PagedSource<string> source, int times) => source with
    {
        Fetch = (request, token) => request.Cursor != "80" || times-- <= 0
            ? source.Fetch(request, token)
            : throw new HttpFaultException(new() { Kind = HttpFaultKind.Gone, Address = "x", Message = "gone" }),
    };

    private static async Task<(IReadOnlyList<string> Items, PagedReader<string> Reader, IReadOnlyList<FileChunk<string>> Chunks)> ReadAsync(
        PagedSource<string> source, int chunkSize = 10, Checkpoint? resumeFrom = null)
    {
        var reader = new PagedReader<string>(source);
        await using var _ = reader;
        await reader.OpenAsync(resumeFrom, FileSteps.Step(), default);
        var chunks = await DrainAsync(reader, chunkSize);
        return ([.. chunks.SelectMany(chunk => chunk.Items)], reader, chunks);
    }

    // As the engine does: calls until the chunk is full; one that adds nothing ends the input.
    private static async Task<IReadOnlyList<FileChunk<string>>> DrainAsync(IItemReader<string> reader, int chunkSize)
    {
        var chunks = new List<FileChunk<string>>();
        var batch = new ReadBatch<string>(chunkSize);
        while (!batch.IsEnd)
        {
            batch.Clear(firstOrdinal: 1);
            while (batch.Remaining > 0 && !batch.IsEnd)
            {
                var before = batch.Count;
                await reader.ReadAsync(batch, CancellationToken.None);
                if (batch.Count == before)
                    batch.End();
            }

            chunks.Add(new(batch.Items.ToArray(), [.. batch.Rejects], batch.Checkpoint, batch.Fraction));
        }

        return chunks;
    }
}
