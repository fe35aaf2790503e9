using Clutch.Executions;
using Clutch.Files;
using Clutch.Files.Reading;
using Clutch.Items;

namespace Clutch.Tests.Files;

/// <summary>Which files are read, and what is said when one cannot be.</summary>
public sealed class FileInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_file_is_named_with_the_place_it_was_looked_for()
    {
        var path = _folder["products.csv"];

        var fault = await Assert.ThrowsAsync<FileNotFoundException>(() => Numbers(path).ReadAllAsync());

        Assert.Equal($"There is no file 'products.csv' (looked for '{path}'). Put it there, or correct the path.", fault.Message);
    }

    [Fact]
    public async Task A_directory_is_not_a_file()
    {
        _folder.Write("data/products.csv", "n\n");

        var fault = await Assert.ThrowsAsync<IOException>(() => Numbers(_folder["data"]).ReadAllAsync());

        Assert.Equal("'data' is a directory, not a file. Name a file, or a pattern such as 'data/*.csv'.", fault.Message);
    }

    [Fact]
    public async Task A_file_without_permission_says_what_to_grant()
    {
        if (OperatingSystem.IsWindows())
            return;
        var path = _folder.Write("secret.csv", "n\n1\n");
        File.SetUnixFileMode(path, UnixFileMode.None);
        if (CanReadAnyway(path))
            return; // The superuser reads everything.

        var fault = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Numbers(path).ReadAllAsync());

        Assert.Equal($"'secret.csv' cannot be read: the process has no permission. Grant it read access to '{path}'.", fault.Message);
    }

    [Fact]
    public async Task An_empty_file_lacks_its_header()
    {
        var path = _folder.Write("products.csv", "");

        var fault = await Assert.ThrowsAsync<FileHeaderException>(() => Numbers(path).ReadAllAsync());

        Assert.StartsWith("'products.csv' is empty: it has not even a header.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_column_ends_the_step_and_lists_those_that_are_there()
    {
        var path = _folder.Write("products.csv", "sku,quantity\nA,1\n");

        var fault = await Assert.ThrowsAsync<FileHeaderException>(() => Numbers(path).ReadAllAsync());

        Assert.Equal("'products.csv' has no column 'n'. Its header has: 'sku', 'quantity'. Correct the file or the mapping.", fault.Message);
        Assert.Equal(("products.csv", "n"), (fault.FileName, fault.Column));
        Assert.Equal(["sku", "quantity"], fault.Header);
    }

    [Fact]
    public async Task A_required_column_is_missed_even_in_a_file_without_records()
    {
        var path = _folder.Write("products.csv", "a;b\n");

        var fault = await Assert.ThrowsAsync<FileHeaderException>(() => DelimitedFile.Reader(path, row => 0, new() { RequiredColumns = ["a"] }).ReadAllAsync());

        Assert.EndsWith("or set 'Delimiter', for the header was taken as a single column.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_name_that_fits_two_is_refused()
    {
        var path = _folder.Write("products.csv", "unit_price,unitPrice,n,n\n1,2,3,4\n");

        await Assert.ThrowsAsync<FileHeaderException>(() => Numbers(path).ReadAllAsync());
        await Assert.ThrowsAsync<FileHeaderException>(() => DelimitedFile.Reader(path, row => row.GetInt32("UnitPrice")).ReadAllAsync());
        Assert.Equal([2], await DelimitedFile.Reader(path, row => row.GetInt32("unitPrice")).ReadAllAsync());
    }

    [Fact]
    public async Task UTF_16_taken_for_UTF_8_is_recognised_by_its_mark()
    {
        var path = _folder.Write("wide.csv", [0xFF, 0xFE, (byte)'n', 0, (byte)'\n', 0]);

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Numbers(path).ReadAllAsync());

        Assert.Contains("Set 'Encoding' to Encoding.Unicode", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gzip_file_that_is_cut_off_anywhere_does_not_pass_for_complete()
    {
        var path = _folder.WriteGzip("products.csv.gz", "n\n" + string.Concat(Enumerable.Range(1, 100).Select(n => $"{n * 7919}\n")));
        var bytes = File.ReadAllBytes(path);

        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            var fault = await Record.ExceptionAsync(() => Numbers(path).ReadChunksAsync());
            Assert.True(fault is InvalidDataException, $"Cut to {length} of {bytes.Length} bytes, it gave {fault}.");
        }
    }

    [Fact]
    public async Task A_gzip_file_without_a_byte_is_no_empty_input_but_one_of_nothing_compressed_is()
    {
        var empty = _folder.Write("cut.csv.gz", []);
        var nothing = _folder.Write("nothing.csv.gz", Convert.FromHexString("1F8B080000000000000303000000000000000000"));

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Numbers(empty, new() { HasHeader = false }).ReadAllAsync());

        Assert.StartsWith("'cut.csv.gz' is not sound gzip data: There is not a single byte.", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await Numbers(nothing, new() { HasHeader = false }).ReadAllAsync());
    }

    [Fact]
    public async Task A_gzip_file_of_several_members_is_read_to_its_end()
    {
        var first = File.ReadAllBytes(_folder.WriteGzip("a.gz", "n\n1\n2"));
        var second = File.ReadAllBytes(_folder.WriteGzip("b.gz", "3\n4\n"));
        var path = _folder.Write("both.csv.gz", [.. first, .. second]);

        Assert.Equal([1, 23, 4], await Numbers(path).ReadAllAsync());
    }

    [Fact]
    public async Task Text_under_a_gzip_name_is_refused_unless_told_so()
    {
        var path = _folder.Write("products.csv.gz", "n\n1\n");

        await Assert.ThrowsAsync<InvalidDataException>(() => Numbers(path).ReadAllAsync());
        Assert.Equal([1], await Numbers(path, new() { Compression = FileCompression.None }).ReadAllAsync());
    }

    [Fact]
    public async Task The_fraction_of_a_gzip_file_counts_compressed_bytes()
    {
        var path = _folder.WriteGzip("products.csv.gz", "n\n" + string.Concat(Enumerable.Range(1, 200_000).Select(n => $"{n * 7919L % 1_000_003}\n")));

        var chunks = await Numbers(path).ReadChunksAsync(chunkSize: 50_000);

        Assert.InRange(chunks[1].Fraction!.Value, 0.4, 0.7);
        Assert.Equal(1, chunks[^1].Fraction);
    }

    [Fact]
    public async Task Files_of_a_pattern_come_in_ordinal_order_each_with_its_own_header()
    {
        _folder.Write("data/b.csv", "n,x\n3,0\n");
        _folder.Write("data/a.csv", "x,n\n0,1\n0,2");
        _folder.Write("data/B.csv", "n\n0\n");
        _folder.Write("data/.hidden.csv", "n\n9\n");
        _folder.Write("data/c.csv.partial", "n\n9\n");
        _folder.Write("data/below/d.csv", "n\n4\n");

        var flat = await Numbers(_folder["data/*.csv"]).ReadAllAsync();
        var deep = await Numbers(_folder["**/*.csv"]).ReadAllAsync();
        var all = InputFiles.PathsMatching(_folder["data/*"]);

        Assert.Equal([0, 1, 2, 3], flat);
        Assert.Equal([0, 1, 2, 3, 4], deep);
        Assert.Equal([_folder["data/B.csv"], _folder["data/a.csv"], _folder["data/b.csv"]], all);
    }

    [Fact]
    public async Task Locations_name_the_file_of_the_pattern()
    {
        _folder.Write("data/a.csv", "n\n1\n");
        _folder.Write("data/b.csv", "n\nx\n");

        var reject = Assert.Single(await Numbers(_folder["data/*.csv"]).ReadRejectsAsync());

        Assert.Equal("b.csv:2", reject.Location);
    }

    [Fact]
    public async Task A_pattern_restarts_at_every_checkpoint()
    {
        for (var file = 0; file < 4; file++)
            _folder.Write($"data/{file}.csv", "n\n" + string.Concat(Enumerable.Range(file * 10, file * 3).Select(n => $"{n}\n")));

        await FileSteps.AssertRestartsAnywhereAsync(() => Numbers(_folder["data/*.csv"]), chunkSize: 2);
    }

    [Fact]
    public async Task New_files_wait_for_the_next_job_instance()
    {
        var state = new ContextValues();
        _folder.Write("data/b.csv", "n\n1\n2\n");
        _folder.Write("data/d.csv", "n\n3\n");
        var chunks = await Numbers(_folder["data/*.csv"]).ReadChunksAsync(chunkSize: 1, state: state);
        _folder.Write("data/a.csv", "n\n8\n");
        _folder.Write("data/c.csv", "n\n9\n");

        var rest = await Numbers(_folder["data/*.csv"]).ReadAllAsync(resumeFrom: chunks[0].Checkpoint, state: state);

        Assert.Equal([2, 3], rest);
    }

    [Fact]
    public async Task A_vanished_file_ends_the_restart_before_anything_is_read()
    {
        var state = new ContextValues();
        _folder.Write("data/a.csv", "n\n1\n2\n");
        var path = _folder.Write("data/b.csv", "n\n3\n");
        var chunks = await Numbers(_folder["data/*.csv"]).ReadChunksAsync(chunkSize: 1, state: state);
        File.Delete(path);

        var fault = await Assert.ThrowsAsync<FileNotFoundException>(() => Numbers(_folder["data/*.csv"]).ReadAllAsync(resumeFrom: chunks[0].Checkpoint, state: state));

        Assert.StartsWith($"1 of 2 files with which this step began are gone, first 'b.csv' (looked for '{path}').", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_already_read_may_be_moved_away_before_the_restart()
    {
        var state = new ContextValues();
        var path = _folder.Write("data/a.csv", "n\n1\n");
        _folder.Write("data/b.csv", "n\n2\n3\n");
        var chunks = await Numbers(_folder["data/*.csv"]).ReadChunksAsync(chunkSize: 2, state: state);
        File.Delete(path);

        Assert.Equal([3], await Numbers(_folder["data/*.csv"]).ReadAllAsync(resumeFrom: chunks[0].Checkpoint, state: state));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1_000)]
    public async Task A_file_read_just_to_its_end_may_be_moved_away_too(int bufferSize)
    {
        var state = new ContextValues();
        var options = new DelimitedReadOptions { BufferSize = bufferSize };
        var path = _folder.Write("data/a.csv", "n\n1\n");
        _folder.Write("data/b.csv", "n\n2\n3\n");
        var chunks = await Numbers(_folder["data/*.csv"], options).ReadChunksAsync(chunkSize: 1, state: state);
        File.Delete(path);

        Assert.Equal([2, 3], await Numbers(_folder["data/*.csv"], options).ReadAllAsync(resumeFrom: chunks[0].Checkpoint, state: state));
        Assert.Equal(0.4, chunks[0].Fraction);
    }

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_an_error_unless_allowed()
    {
        _folder.Write("data/a.txt", "");

        var fault = await Assert.ThrowsAsync<FileNotFoundException>(() => Numbers(_folder["data/*.csv"]).ReadAllAsync());
        var items = await Numbers(((InputFiles)_folder["data/*.csv"]).OrNone()).ReadAllAsync();

        Assert.StartsWith($"No file matches '{_folder["data/*.csv"]}' (looked in '{_folder["data"]}').", fault.Message, StringComparison.Ordinal);
        Assert.Empty(items);
    }

    [Fact]
    public async Task A_pattern_below_a_missing_directory_names_the_directory()
    {
        var fault = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => Numbers(_folder["inbox/*.csv"]).ReadAllAsync());

        Assert.StartsWith($"There is no directory '{_folder["inbox"]}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*.csv", "")]
    [InlineData("inbox/day*/a.csv", "inbox")]
    [InlineData("/*.csv", "/")]
    [InlineData("/inbox/*.csv", "/inbox")]
    public void A_pattern_looks_below_what_stands_before_its_first_wildcard(string pattern, string root) =>
        Assert.Equal(root, new FilePattern(pattern).Root);

    [Fact]
    public void A_pattern_at_the_root_of_a_drive_does_not_mean_its_working_directory()
    {
        if (!OperatingSystem.IsWindows())
            return; // Elsewhere a backslash is a letter.

        Assert.Equal(@"C:\", new FilePattern(@"C:\*.csv").Root);
    }

    [Fact]
    public async Task A_partition_reads_the_one_file_that_its_data_names()
    {
        _folder.Write("data/a.csv", "n\n1\n");
        var path = _folder.Write("data/b[*].csv", "n\n2\n");

        var chunks = await Numbers(InputFiles.OfPartition).ReadChunksAsync(partitionData: path);

        Assert.Equal([2], chunks.SelectMany(chunk => chunk.Items));
    }

    [Fact]
    public async Task A_path_may_come_from_the_step()
    {
        var path = _folder.Write("load.csv", "n\n5\n");

        var items = await Numbers(InputFiles.From(step => path.Replace("load", step.StepName, StringComparison.Ordinal))).ReadAllAsync();

        Assert.Equal([5], items);
    }

    private static IItemReader<int> Numbers(InputFiles files, DelimitedReadOptions? options = null) => DelimitedFile.Reader(files, row => row.GetInt32("n"), options);

    private static bool CanReadAnyway(string path)
    {
        try
        {
            File.OpenRead(path).Dispose();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
