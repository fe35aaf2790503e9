using System.Text;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Items;
using FsCheck;
using FsCheck.Fluent;

namespace Clutch.Tests.Files;

/// <summary>A reader opened at any checkpoint gives exactly what the one before had still to give.</summary>
public sealed class FileRestartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_text_read_in_any_chunks_through_any_buffer_restarts_at_every_checkpoint()
    {
        var pieces = Gen.Elements("a", "\"", "\"\"", ",", "\n", "\r\n", "\r", "é", "😀", "\"x,\ny\"", "123", " ", ",,", "\n\n", "a field that is longer than a vector of bytes", "\"and, a \"\"quoted\"\" one\r\nthat is longer too\"");
        var texts = Gen.ListOf(pieces).Select(string.Concat);
        var cases = texts.Zip(Gen.Choose(1, 7)).Zip(Gen.Choose(1, 40));
        var path = _folder["random.csv"];

        var property = Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var ((text, chunkSize), bufferSize) = sample;
            File.WriteAllText(path, text);
            AssertSameForAnyBuffer(path, bufferSize);
            Wait(FileSteps.AssertRestartsAnywhereAsync(() => Raw(path, bufferSize), chunkSize));
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), property);
    }

    [Theory]
    [InlineData("products.csv")]
    [InlineData("products.csv.gz")]
    public async Task Header_lines_and_rejects_are_the_same_after_a_restart(string name)
    {
        var text = "sku,qty\r\n" + string.Concat(Enumerable.Range(1, 50).Select(n => n % 7 == 0 ? $"\"multi\nline {n}\",{n}\r\n" : n % 11 == 0 ? $"bad {n},x\r\n" : $"S{n},{n}\r\n"));
        var path = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.WriteGzip(name, text) : _folder.Write(name, text);

        await FileSteps.AssertRestartsAnywhereAsync(
            () => DelimitedFile.Reader(path, row => (row.GetString("sku"), row.GetInt32("qty"), row.LineNumber), new() { BufferSize = 13 }), chunkSize: 3);
    }

    [Fact]
    public async Task A_converted_file_restarts_too()
    {
        var path = _folder.Write("wide.csv", Encoding.Unicode.GetBytes("name,n\n" + string.Concat(Enumerable.Range(1, 30).Select(n => $"Müller {n},{n}\n"))));

        await FileSteps.AssertRestartsAnywhereAsync(
            () => DelimitedFile.Reader(path, row => (row.GetString("name"), row.GetInt32("n")), new() { Encoding = Encoding.Unicode, BufferSize = 11 }), chunkSize: 4);
    }

    [Fact]
    public async Task A_restart_reads_no_record_before_its_checkpoint()
    {
        var path = _folder.Write("products.csv", "n\n" + string.Concat(Enumerable.Range(1, 1_000).Select(n => $"{n}\n")));
        var first = await Reader(path, _ => { }).ReadChunksAsync(chunkSize: 900);
        var mapped = new List<int>();

        await Reader(path, mapped.Add).ReadChunksAsync(chunkSize: 10, first[0].Checkpoint);

        Assert.Equal(Enumerable.Range(901, 100), mapped);
    }

    [Fact]
    public async Task The_same_reader_may_be_opened_again_at_a_checkpoint()
    {
        var path = _folder.Write("products.csv", "n\n1\n2\n3\n");
        var reader = Reader(path, _ => { });
        var batch = new ReadBatch<int>(2);
        await reader.OpenAsync(resumeFrom: null, FileSteps.Step(), CancellationToken.None);
        await reader.ReadAsync(batch, CancellationToken.None);

        Assert.Equal([3], await reader.ReadAllAsync(resumeFrom: batch.Checkpoint));
    }

    [Fact]
    public async Task A_file_shorter_than_the_checkpoint_was_replaced()
    {
        var (path, checkpoint) = await HalfReadAsync();
        File.WriteAllText(path, "n\n1\n");

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Reader(path, _ => { }).ReadAllAsync(resumeFrom: checkpoint));

        Assert.Equal(
            "'products.csv' is not the file that this step began with: it had 22 bytes and now has 4. A restart goes on at byte 12, which only makes sense where nothing before it changed. " +
            "Put the old file back, or abandon the execution and launch a new job instance for the new one.",
            fault.Message);
    }

    [Fact]
    public async Task A_file_of_the_same_length_with_another_beginning_was_replaced()
    {
        var (path, checkpoint) = await HalfReadAsync();
        var modified = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, File.ReadAllText(path).Replace('3', '4'));
        File.SetLastWriteTimeUtc(path, modified);

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Reader(path, _ => { }).ReadAllAsync(resumeFrom: checkpoint));

        Assert.Contains("it begins with other bytes than before", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_behind_the_checkpoint_may_be_mended_before_the_restart()
    {
        var (path, checkpoint) = await HalfReadAsync();
        File.WriteAllText(path, File.ReadAllText(path).Replace("7\n8\n", "77\n88\n", StringComparison.Ordinal) + "11\n");

        var items = await Reader(path, _ => { }).ReadAllAsync(resumeFrom: checkpoint);

        Assert.Equal([6, 77, 88, 9, 0, 11], items);
    }

    [Fact]
    public async Task A_file_with_other_bytes_just_before_the_checkpoint_was_replaced()
    {
        var path = _folder.Write("products.csv", "n\n" + string.Concat(Enumerable.Repeat("1234567\n", 1_000)));
        var chunks = await Reader(path, _ => { }).ReadChunksAsync(chunkSize: 900);
        var bytes = File.ReadAllBytes(path);
        bytes[7_190] = (byte)'9';
        File.WriteAllBytes(path, bytes);

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Reader(path, _ => { }).ReadAllAsync(resumeFrom: chunks[0].Checkpoint));

        Assert.Contains("other bytes lie before that place", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_grows_while_it_is_read_ends_the_step()
    {
        var path = _folder.Write("products.csv", "n\n1\n2\n3\n");
        var reader = DelimitedFile.Reader(path, row => row.GetInt32("n"), new() { BufferSize = 4 });
        await reader.OpenAsync(resumeFrom: null, FileSteps.Step(), CancellationToken.None);
        await File.AppendAllTextAsync(path, "4\n");

        var fault = await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(new ReadBatch<int>(100), CancellationToken.None).AsTask());
        await ((IAsyncDisposable)reader).DisposeAsync();

        Assert.StartsWith("'products.csv' changed while it was read: it had 8 bytes and now has 10.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_of_something_else_is_refused()
    {
        var path = _folder.Write("products.csv", "n\n1\n");

        var fault = await Assert.ThrowsAsync<FormatException>(() => Reader(path, _ => { }).ReadAllAsync(resumeFrom: new Checkpoint("17")));

        Assert.StartsWith("The checkpoint '17' was not written by this reader or writer.", fault.Message, StringComparison.Ordinal);
    }

    private async Task<(string Path, Checkpoint Checkpoint)> HalfReadAsync()
    {
        var path = _folder.Write("products.csv", "n\n1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n");
        var chunks = await Reader(path, _ => { }).ReadChunksAsync(chunkSize: 5);
        return (path, chunks[0].Checkpoint!);
    }

    private static IItemReader<int> Reader(string path, Action<int> seen, DelimitedReadOptions? options = null) => DelimitedFile.Reader(
        path,
        row =>
        {
            var n = row.GetInt32("n");
            seen(n);
            return n;
        },
        options);

    private static IItemReader<string> Raw(string path, int bufferSize) => DelimitedFile.Reader(
        path,
        row => string.Join('\u0001', Enumerable.Range(0, row.FieldCount).Select(index => row.GetStringOrNull(index) ?? "\u0002")) + row.LineNumber,
        new() { HasHeader = false, BufferSize = bufferSize });

    private static void AssertSameForAnyBuffer(string path, int bufferSize)
    {
        var small = Wait(Raw(path, bufferSize).ReadChunksAsync());
        var large = Wait(Raw(path, 64 * 1024).ReadChunksAsync());

        Assert.Equal(large.SelectMany(chunk => chunk.Items), small.SelectMany(chunk => chunk.Items), StringComparer.Ordinal);
    }

    // FsCheck's properties are synchronous; file reads from the page cache complete at once or on the pool.
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
