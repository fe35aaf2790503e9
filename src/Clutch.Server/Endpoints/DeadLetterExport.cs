using System.Globalization;
using System.Text;
using System.Text.Json;
using Clutch.Client.Wire;

namespace Clutch.Server.Endpoints;

/// <summary>Dead letters as files, written as they are read.</summary>
internal static class DeadLetterExport
{
    public const string CsvType = "text/csv";
    public const string JsonLinesType = "application/jsonl";

    private const string Header = "id,instance,step,partition,phase,item,location,status,skippedAt,errorType,errorMessage,payload";

    /// <summary>RFC 4180, with a head line.</summary>
    public static async Task WriteCsvAsync(IAsyncEnumerable<DeadLetterView> letters, Stream body)
    {
        await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(Header);
        await foreach (var letter in letters)
            await writer.WriteLineAsync(string.Join(',', Fields(letter).Select(Quote)));
    }

    /// <summary>One JSON document a line.</summary>
    public static async Task WriteJsonLinesAsync(IAsyncEnumerable<DeadLetterView> letters, Stream body)
    {
        await foreach (var letter in letters)
        {
            await JsonSerializer.SerializeAsync(body, letter, WireJson.Default.DeadLetterView);
            await body.WriteAsync("\n"u8.ToArray());
        }
    }

    private static string?[] Fields(DeadLetterView letter) =>
    [
        letter.Id.ToString(CultureInfo.InvariantCulture),
        letter.InstanceId.ToString(CultureInfo.InvariantCulture),
        letter.Step,
        letter.Partition,
        letter.Phase.ToString(),
        letter.Ordinal.ToString(CultureInfo.InvariantCulture),
        letter.Location,
        letter.Status.ToString(),
        letter.SkippedAt.ToString("O", CultureInfo.InvariantCulture),
        letter.Failure.Type,
        letter.Failure.Message,
        letter.Payload,
    ];

    // A field that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV Injection): payloads come from outside.
    private static string Quote(string? field)
    {
        var text = field ?? string.Empty;
        if (text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..])
            text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
