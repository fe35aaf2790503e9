using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace CalendarSync.Accounts;

/// <summary>32 random bytes that somebody knows and we do not: we keep their SHA-256 only. So much randomness needs no salt and no slow hash.</summary>
/// <param name="Text">What its owner gets to see once: 43 characters of base64url.</param>
/// <param name="Hash">What is stored.</param>
internal sealed record Secret(string Text, byte[] Hash)
{
    private const int ByteCount = 32;

    /// <summary>A new secret.</summary>
    public static Secret Create()
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ByteCount));
        return new(text, HashOf(text));
    }

    /// <summary>The hash to look a presented secret up by; whatever its form, so that a malformed one costs the same.</summary>
    public static byte[] HashOf(string presented) => SHA256.HashData(Encoding.UTF8.GetBytes(presented));
}
