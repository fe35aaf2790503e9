using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Which texts are cut, and where.</summary>
internal static class TextLimits
{
    /// <summary>The most bytes of a value of this property, or int.MaxValue where the limit of the line is the only one.</summary>
    public static int Of(PropertyId id, ReadLimits limits) => id switch
    {
        PropertyId.Summary => limits.SummaryBytes,
        PropertyId.Description => limits.DescriptionBytes,
        PropertyId.Location => limits.LocationBytes,
        _ => int.MaxValue,
    };

    /// <summary>Whether a cut value of this property still is a value: half a text is one, half an attachment is not.</summary>
    public static bool MayBeCut(PropertyId id) =>
        id is PropertyId.Summary or PropertyId.Description or PropertyId.Location or PropertyId.Comment or PropertyId.Contact;

    /// <summary>The longest beginning of a value, up to a number of bytes, that splits neither a character nor an escape.</summary>
    public static int CutAt(ReadOnlySpan<byte> value, int length)
    {
        if (value.Length <= length) return value.Length;

        // At most three steps back: longer runs of continuation bytes are no UTF-8 anyway.
        var cut = length;
        for (var back = 0; back < 3 && cut > 0 && IsContinuation(value[cut]); back++) cut--;
        var backslashes = 0;
        while (backslashes < cut && value[cut - 1 - backslashes] == (byte)'\\') backslashes++;
        return backslashes % 2 == 1 ? cut - 1 : cut;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
