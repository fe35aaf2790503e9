using Clutch.Relational.Tables;

namespace CalendarSync.Exports;

/// <summary>The rendered bytes of an export feed, as they lie in <c>calendar_export_content</c>.</summary>
internal sealed record ExportContentRow(long ExportFeedId, byte[] Body, byte[] BodyGzip, string Etag, DateTimeOffset LastModified, int EventCount)
{
    /// <summary>For bulk upserts.</summary>
    public static readonly TableMap<ExportContentRow> Table = TableMap.ByConvention<ExportContentRow>("calendar_export_content", row => row.ExportFeedId);
}

/// <summary>Up to which version an export feed is rendered.</summary>
internal sealed record ExportVersionRow(long Id, long RenderedVersion)
{
    /// <summary>For bulk updates.</summary>
    public static readonly TableMap<ExportVersionRow> Table = TableMap.ByConvention<ExportVersionRow>("calendar_export_feed", row => row.Id);
}

/// <summary>An export feed with its new bytes.</summary>
internal sealed record RenderedExport(DirtyExport Feed, ExportDocument Document);
