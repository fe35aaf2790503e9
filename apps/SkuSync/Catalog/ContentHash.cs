using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SkuSync.Catalog;

/// <summary>What "changed" means: two payloads are the same where their hashes are.</summary>
/// <remarks>The hash is the SHA-256 of the canonical form, in hexadecimal.</remarks>
internal sealed class ContentHash
{
    // Raised whenever the canonical form changes: stored hashes then need the rehash job before the next run.
    private const int AlgorithmVersion = 1;

    // Some thousand payloads a second pass through it, of a few hundred bytes each.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    private readonly CanonicalJson _canonical;

    /// <summary>Hashes that leave out these members of a payload's top level.</summary>
    public ContentHash(IEnumerable<string> ignoredMembers)
    {
        var ignored = new SortedSet<string>(ignoredMembers, StringComparer.Ordinal);
        _canonical = new(ignored);
        Rules = $"sha256/{AlgorithmVersion} ignoring {(ignored.Count == 0 ? "nothing" : string.Join(',', ignored))}";
    }

    /// <summary>The rules in words, stored with each hash: hashes of different rules are not comparable.</summary>
    public string Rules { get; }

    public string Of(JsonElement payload)
    {
        var buffer = _buffer ??= new(1024);
        buffer.ResetWrittenCount();
        _canonical.Write(payload, buffer);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    /// <summary>The hash of data from outside; null where it has no canonical form: half of a surrogate pair in a text, which is no text, or a number whose exponent is beyond 64 bits.</summary>
    public string? Find(JsonElement payload)
    {
        try
        {
            return Of(payload);
        }
        catch (Exception fault) when (fault is InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    public string Of(string payload)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(payload));
        return Of(document.RootElement);
    }
}
