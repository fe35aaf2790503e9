using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Simulators.Stock;

/// <summary>One SKU as the catalogue holds it. Its content follows from the seed, its number and its revision.</summary>
internal sealed record StockEntry(int Number, string AccountId, int Revision, DateTimeOffset UpdatedAt, StockEntryKind Kind, bool IsDeleted)
{
    public string SkuId => NameOf(Number);

    public static string NameOf(int number) => "S" + number.ToString("D7", CultureInfo.InvariantCulture);

    /// <summary>The number of an SKU, or null when it is no SKU of ours.</summary>
    public static int? NumberOf(string skuId) =>
        skuId.Length == 8 && skuId[0] == 'S' && int.TryParse(skuId.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The content as canonical JSON: keys sorted, no blanks, whole numbers.</summary>
    public byte[] Content(long seed)
    {
        // A toggled SKU has two contents and returns to the first: a change whose hash was there before.
        var revision = Kind is StockEntryKind.Toggled ? Revision % 2 : Revision;
        var price = Kind is StockEntryKind.Bad ? -1 : 100 + Draw.Below(100_000, seed, Number, revision, 1);
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("currency", "EUR");
            json.WriteString("description", $"Part {Number} in revision {revision}, kept in hall {Draw.Below(40, seed, Number)} on shelf {Draw.Below(900, seed, Number, 7)}; sold by the piece.");
            json.WriteString("name", $"Article {Number}");
            json.WriteNumber("priceCents", price);
            json.WriteNumber("quantity", Draw.Below(1_000, seed, Number, revision, 2));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}

internal enum StockEntryKind
{
    Plain,

    /// <summary>Its price is negative, and no fulfilment API takes it.</summary>
    Bad,

    /// <summary>It changes to and fro.</summary>
    Toggled,
}
