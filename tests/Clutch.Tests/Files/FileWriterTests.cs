using Clutch.Executions;
using Clutch.Files;
using Clutch.Items;

namespace Clutch.Tests.Files;

/// <summary>Output files grow as name.partial, follow the checkpoints, and appear when they are complete.</summary>
public sealed class FileWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Target => _folder["stock.csv"];

    private string Partial => _folder["stock.csv.partial"];

    [Fact]
    public async Task A_file_appears_only_when_it_is_complete()
    {
        var writer = Writer();
        await writer.OpenAsync();
        await writer.WriteAsync(("A", 1));
        await writer.FlushAsync();
        var before = (File.Exists(Target), new FileInfo(Partial).Length);

        await writer.CompleteAsync();

        Assert.Equal((false, "sku,qty\nA,1\n".Length), before);
        Assert.Equal("sku,qty\nA,1\n", File.ReadAllText(Target));
        Assert.False(File.Exists(Partial));
    }

    [Theory]
    [InlineData(1, FileDurability.EachChunk)]
    [InlineData(10, FileDurability.OnPublication)]
    [InlineData(100_000, FileDurability.EachChunk)]
    public async Task Killed_after_any_chunk_it_goes_on_there_with_one_header_and_no_torn_line(int bufferSize, FileDurability durability)
    {
        const int chunkCount = 5;
        for (var killedAfter = 0; killedAfter <= chunkCount; killedAfter++)
        {
            var first = Writer(new() { BufferSize = bufferSize, Durability = durability, Overwrites = true });
            await first.OpenAsync();
            Checkpoint? committed = null;
            for (var chunk = 0; chunk < killedAfter; chunk++)
            {
                await first.WriteAsync(($"S{chunk}", chunk), ("line\nbreak", chunk));
                committed = await first.FlushAsync();
            }

            await first.WriteAsync(("lost with the process", 0), ("this too", 0));
            first.Kill();
            await File.AppendAllTextAsync(Partial, "\"torn li");

            var second = Writer(new() { BufferSize = bufferSize, Durability = durability, Overwrites = true });
            await second.OpenAsync(committed, isRestart: true);
            for (var chunk = killedAfter; chunk < chunkCount; chunk++)
            {
                await second.WriteAsync(($"S{chunk}", chunk), ("line\nbreak", chunk));
                await second.FlushAsync();
            }

            await second.CompleteAsync();
            Assert.Equal("sku,qty\n" + string.Concat(Enumerable.Range(0, chunkCount).Select(n => $"S{n},{n}\n\"line\nbreak\",{n}\n")), File.ReadAllText(Target));
        }
    }

    [Fact]
    public async Task A_rolled_back_chunk_leaves_nothing_whether_flushed_or_not()
    {
        var writer = Writer(new() { BufferSize = 8 });
        await writer.OpenAsync();
        await writer.WriteAsync(("never committed", 0));
        await writer.FlushAsync();
        await writer.RollbackAsync(committed: null);
        await writer.WriteAsync(("A", 1));
        var committed = await writer.FlushAsync();
        await writer.WriteAsync(("rolled back before its flush", 2), ("and another", 3));
        await writer.RollbackAsync(committed);
        await writer.WriteAsync(("rolled back after its flush", 2));
        await writer.FlushAsync();
        await writer.RollbackAsync(committed);
        await writer.WriteAsync(("B", 2));
        await writer.FlushAsync();

        await writer.CompleteAsync();

        Assert.Equal("sku,qty\nA,1\nB,2\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_rollback_right_after_a_commit_takes_nothing_committed_away()
    {
        var writer = Writer();
        await writer.OpenAsync();
        await writer.WriteAsync(("A", 1));
        var committed = await writer.FlushAsync();

        await writer.RollbackAsync(committed);
        await writer.CompleteAsync();

        Assert.Equal("sku,qty\nA,1\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task The_same_writer_may_be_opened_again_at_its_checkpoint()
    {
        var writer = Writer();
        await writer.OpenAsync();
        await writer.WriteAsync(("A", 1));
        var committed = await writer.FlushAsync();
        await writer.WriteAsync(("rolled back", 2));

        await writer.OpenAsync(committed);
        await writer.WriteAsync(("B", 2));
        await writer.CompleteAsync();

        Assert.Equal("sku,qty\nA,1\nB,2\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task An_empty_input_still_publishes_a_file()
    {
        var writer = Writer();
        await writer.OpenAsync();

        await writer.CompleteAsync();

        Assert.Equal("sku,qty\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_crash_between_publication_and_the_end_mark_is_borne()
    {
        var first = Writer();
        await first.OpenAsync();
        await first.WriteAsync(("A", 1));
        var committed = await first.FlushAsync();
        await first.CompleteAsync();
        await first.CompleteAsync();
        first.Kill();

        var second = Writer();
        await second.OpenAsync(committed);
        await second.RollbackAsync(committed);
        var flushed = await second.FlushAsync();
        await second.CompleteAsync();

        Assert.Equal(committed, flushed);
        Assert.Equal("sku,qty\nA,1\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task The_same_crash_with_an_empty_input_is_borne_too()
    {
        var first = Writer();
        await first.OpenAsync();
        await first.CompleteAsync();
        first.Kill();

        var second = Writer();
        await second.OpenAsync(isRestart: true);
        await second.CompleteAsync();

        Assert.Equal("sku,qty\n", File.ReadAllText(Target));
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task More_output_after_publication_is_refused()
    {
        var first = Writer();
        await first.OpenAsync();
        await first.WriteAsync(("A", 1));
        var committed = await first.FlushAsync();
        await first.CompleteAsync();
        first.Kill();
        var second = Writer();
        await second.OpenAsync(committed);
        await second.WriteAsync(("B", 2));

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => second.FlushAsync());

        Assert.StartsWith($"'{Target}' was published before, and now more is to be written to it.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_lies_there_already_is_not_overwritten_unless_told_so()
    {
        _folder.Write("stock.csv", "precious");

        var fault = await Assert.ThrowsAsync<IOException>(() => Writer().OpenAsync());
        var writer = Writer(new() { Overwrites = true });
        await writer.OpenAsync();
        await writer.CompleteAsync();

        Assert.Equal($"The file '{Target}' exists already. Move it away, choose another name, or set 'Overwrites' if it may be replaced.", fault.Message);
        Assert.Equal("sku,qty\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_file_that_appears_meanwhile_is_not_overwritten_either()
    {
        var writer = Writer();
        await writer.OpenAsync();
        _folder.Write("stock.csv", "precious");

        await Assert.ThrowsAsync<IOException>(() => writer.CompleteAsync());

        Assert.Equal("precious", File.ReadAllText(Target));
        writer.Kill();
    }

    [Fact]
    public async Task A_partial_file_shorter_than_the_checkpoint_says_what_to_do()
    {
        var first = Writer();
        await first.OpenAsync();
        await first.WriteAsync(("A", 1));
        var committed = await first.FlushAsync();
        first.Kill();
        File.WriteAllText(Partial, "sku,");

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Writer().OpenAsync(committed));

        Assert.Equal(
            $"'{Partial}' has 4 bytes, but 12 at the checkpoint: it was changed, or lost its end in a power failure. " +
            "Its records cannot be written again from there: abandon the execution and launch a new job instance.",
            fault.Message);
    }

    [Fact]
    public async Task A_partial_file_that_another_instance_began_anew_is_not_continued()
    {
        var monday = Writer(new() { Overwrites = true });
        await monday.OpenAsync();
        await monday.WriteAsync(("A", 1));
        var committed = await monday.FlushAsync();
        monday.Kill();
        var tuesday = Writer(new() { Overwrites = true });
        await tuesday.OpenAsync();
        await tuesday.WriteAsync(("B", 2), ("C", 3));
        await tuesday.FlushAsync();
        tuesday.Kill();

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Writer(new() { Overwrites = true }).OpenAsync(committed));

        Assert.Equal(
            $"'{Partial}' holds other bytes before the checkpoint at 12: another job instance began it anew, or it was changed. " +
            "Its records cannot be written again from there: abandon the execution and launch a new job instance.",
            fault.Message);
        Assert.Equal("sku,qty\nB,2\nC,3\n", File.ReadAllText(Partial));
    }

    [Fact]
    public async Task A_long_partial_file_is_known_by_the_bytes_before_the_checkpoint_too()
    {
        var first = Writer();
        await first.OpenAsync();
        await first.WriteAsync([.. Enumerable.Range(1, 1_000).Select(n => ($"S{n}", n))]);
        var committed = await first.FlushAsync();
        first.Kill();
        var bytes = File.ReadAllBytes(Partial);
        bytes[^2] ^= 1;
        File.WriteAllBytes(Partial, bytes);

        await Assert.ThrowsAsync<InvalidDataException>(() => Writer().OpenAsync(committed));
    }

    [Fact]
    public async Task A_published_file_of_another_instance_is_not_taken_for_ours_though_it_is_as_long()
    {
        var monday = Writer(new() { Overwrites = true });
        await monday.OpenAsync();
        await monday.WriteAsync(("A", 1));
        var committed = await monday.FlushAsync();
        monday.Kill();
        var tuesday = Writer(new() { Overwrites = true });
        await tuesday.OpenAsync();
        await tuesday.WriteAsync(("B", 2));
        await tuesday.CompleteAsync();

        var fault = await Assert.ThrowsAsync<FileNotFoundException>(() => Writer(new() { Overwrites = true }).OpenAsync(committed));

        Assert.Contains($"'{Target}' is not the complete file.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_as_long_as_a_header_is_not_taken_for_an_empty_output_of_ours()
    {
        _folder.Write("stock.csv", "precious");

        await Assert.ThrowsAsync<IOException>(() => Writer().OpenAsync(isRestart: true));

        Assert.Equal("precious", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_checkpoint_that_is_a_bare_length_as_they_once_were_is_resumed()
    {
        _folder.Write("stock.csv.partial", "sku,qty\nA,1\ntorn");
        var writer = Writer();

        await writer.OpenAsync(Checkpoint.At(12));
        await writer.WriteAsync(("B", 2));
        await writer.RollbackAsync(Checkpoint.At(12));
        await writer.WriteAsync(("C", 3));
        await writer.CompleteAsync();

        Assert.Equal("sku,qty\nA,1\nC,3\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_partial_file_that_is_gone_says_what_to_do()
    {
        var fault = await Assert.ThrowsAsync<FileNotFoundException>(() => Writer().OpenAsync(Checkpoint.At(12)));

        Assert.StartsWith($"'{Partial}', which an earlier execution began, is gone", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_writers_of_one_file_do_not_meet()
    {
        var first = Writer();
        await first.OpenAsync();

        var fault = await Assert.ThrowsAnyAsync<IOException>(() => Writer(new() { LockTimeout = TimeSpan.Zero }).OpenAsync());
        first.Kill();

        Assert.Contains("is being written by another execution. Let that one end first.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_successor_waits_for_the_file_of_an_execution_that_still_ends()
    {
        var first = Writer();
        await first.OpenAsync();
        var opening = Writer(new() { LockTimeout = TimeSpan.FromMinutes(1) }).OpenAsync();
        Assert.False(opening.IsCompleted);

        first.Kill();

        await opening;
    }

    [Fact]
    public async Task A_name_of_packed_files_is_refused_for_plain_records()
    {
        var fault = await Assert.ThrowsAsync<NotSupportedException>(() => Writer(path: _folder["stock.csv.gz"]).OpenAsync());

        Assert.Contains("Write it without '.gz'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_directory_and_a_directory_in_the_way_are_named()
    {
        Directory.CreateDirectory(Target);

        var inTheWay = await Assert.ThrowsAsync<IOException>(() => Writer().OpenAsync());
        var missing = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => Writer(path: _folder["none/stock.csv"]).OpenAsync());

        Assert.StartsWith($"'{Target}' is a directory", inTheWay.Message, StringComparison.Ordinal);
        Assert.StartsWith($"There is no directory '{_folder["none"]}' to write 'stock.csv' in.", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_fails_alone()
    {
        var writer = DelimitedFile.Writer<int>(Target, columns => columns.Add("n", n => n).Add("inverse", n => 100 / n), new() { HasHeader = false });
        await writer.OpenAsync();

        var faults = await writer.WriteAsync(1, 0, 2);
        await writer.CompleteAsync();

        var fault = Assert.Single(faults);
        Assert.Equal(1, fault.Index);
        Assert.IsType<DivideByZeroException>(fault.Fault);
        Assert.Equal("1,100\n2,50\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task A_failed_batch_leaves_nothing_of_itself_and_all_of_those_before()
    {
        using var stop = new CancellationTokenSource();
        var writer = DelimitedFile.Writer<int>(
            Target,
            columns => columns.Add("n", n => n < 0 ? Stop(stop) : n),
            new() { HasHeader = false, BufferSize = 4 });
        await writer.OpenAsync();
        await writer.WriteAsync(1, 2, 3);

        await Assert.ThrowsAsync<OperationCanceledException>(() => writer.WriteAsync(4, 5, 6, 7, -1));
        await writer.WriteAsync(8);
        await writer.CompleteAsync();

        Assert.Equal("1\n2\n3\n8\n", File.ReadAllText(Target));
    }

    [Fact]
    public async Task The_path_may_come_from_the_step()
    {
        var writer = DelimitedFile.Writer<int>(step => _folder[$"{step.StepName}.csv"], columns => columns.Add("n", n => n));
        await writer.OpenAsync();

        await writer.CompleteAsync();

        Assert.True(File.Exists(_folder["load.csv"]));
    }

    private static int Stop(CancellationTokenSource stop)
    {
        stop.Cancel();
        stop.Token.ThrowIfCancellationRequested();
        return 0;
    }

    private IItemWriter<(string Sku, int Quantity)> Writer(DelimitedWriteOptions? options = null, string? path = null) => DelimitedFile.Writer<(string Sku, int Quantity)>(
        path ?? Target, columns => columns.Add("sku", item => item.Sku).Add("qty", item => item.Quantity), options);
}
