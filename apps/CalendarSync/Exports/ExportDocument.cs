namespace CalendarSync.Exports;

/// <summary>A rendered export feed. The same events always give the same bytes.</summary>
/// <param name="Body">The calendar in UTF-8.</param>
/// <param name="Gzip">The same, compressed once for all readers.</param>
/// <param name="ETag">The first half of the SHA-256 of <paramref name="Body"/> in hexadecimal digits, without quotes.</param>
/// <param name="EventCount">How many events it holds.</param>
internal sealed record ExportDocument(byte[] Body, byte[] Gzip, string ETag, int EventCount);
