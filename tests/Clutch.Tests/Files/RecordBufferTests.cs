using Clutch.Files;
using Clutch.Files.Reading;

namespace Clutch.Tests.Files;

public sealed class RecordBufferTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("long.txt")]
    [InlineData("long.txt.gz")]
    public async Task A_long_record_is_looked_at_as_often_as_the_buffer_doubles(string name)
    {
        const int length = 4_000_000;
        var text = new string('x', length);
        var path = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.WriteGzip(name, text) : _folder.Write(name, text);
        await using var source = ByteSource.Open(new(name, path), new FileReadOptions());
        var buffer = new RecordBuffer(size: 1_000, maxRecordLength: length);
        var splitter = new CountingSplitter();

        while (!buffer.TryNext(splitter, out _))
            await buffer.FillAsync(source, CancellationToken.None);

        Assert.InRange(splitter.LookedAtCount, length, 4L * length);
    }

    private sealed class CountingSplitter : RecordSplitter
    {
        private readonly LineSplitter _lines = new();

        public long LookedAtCount { get; private set; }

        public override bool TrySplit(ReadOnlySpan<byte> data, bool isLast, out RecordExtent record)
        {
            LookedAtCount += data.Length;
            return _lines.TrySplit(data, isLast, out record);
        }
    }
}
