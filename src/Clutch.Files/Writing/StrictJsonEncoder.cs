using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Clutch.Files.Writing;

/// <summary>Escapes as another encoder does, but refuses text with half a surrogate pair, in which that one would put U+FFFD instead.</summary>
internal sealed class StrictJsonEncoder(JavaScriptEncoder inner) : JavaScriptEncoder
{
    public override int MaxOutputCharactersPerInputCharacter => inner.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) => inner.WillEncode(unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) => inner.FindFirstCharacterToEncode(text, textLength);

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) => inner.FindFirstCharacterToEncodeUtf8(utf8Text);

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        inner.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);

    /// <exception cref="EncoderFallbackException">The text holds half a surrogate pair.</exception>
    public override OperationStatus Encode(ReadOnlySpan<char> source, Span<char> destination, out int charsConsumed, out int charsWritten, bool isFinalBlock = true)
    {
        ThrowForHalfPair(source, isFinalBlock);
        return inner.Encode(source, destination, out charsConsumed, out charsWritten, isFinalBlock);
    }

    public override OperationStatus EncodeUtf8(ReadOnlySpan<byte> utf8Source, Span<byte> utf8Destination, out int bytesConsumed, out int bytesWritten, bool isFinalBlock = true) =>
        inner.EncodeUtf8(utf8Source, utf8Destination, out bytesConsumed, out bytesWritten, isFinalBlock);

    private static void ThrowForHalfPair(ReadOnlySpan<char> text, bool isFinalBlock)
    {
        for (int at; (at = text.IndexOfAnyInRange('\uD800', '\uDFFF')) >= 0;)
        {
            text = text[at..];
            var status = Rune.DecodeFromUtf16(text, out _, out var length);
            if (status == OperationStatus.NeedMoreData && !isFinalBlock)
                return;
            if (status != OperationStatus.Done)
                throw new EncoderFallbackException($"A text holds U+{(int)text[0]:X4}, half of a surrogate pair, which UTF-8 cannot express. Correct the text, or let the step skip such items.");
            text = text[length..];
        }
    }
}
