using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Clutch.Ical.Recurrence;

/// <summary>Reads the text of a rule (RFC 5545, 3.3.10; RSCALE and SKIP of RFC 7529 as far as they mean what RFC 5545 does).</summary>
internal static class RuleParser
{
    // Rules of real feeds have less than 100.
    private const int CharactersOnStack = 256;

    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
    {
        Span<char> text = stackalloc char[CharactersOnStack];
        return utf8.Length <= text.Length
            ? TryParse(text[..Encoding.UTF8.GetChars(utf8, text)], out rule, out reason)
            : TryParse(Encoding.UTF8.GetString(utf8), out rule, out reason);
    }

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
    {
        var parts = new RuleParts();
        rule = null;
        foreach (var range in text.Split(';'))
        {
            var part = text[range].Trim();
            if (!part.IsEmpty && !TryTake(part, ref parts, out reason)) return false;
        }

        return parts.TryBuild(out rule, out reason);
    }

    private static bool TryTake(ReadOnlySpan<char> part, ref RuleParts parts, out string reason)
    {
        var equals = part.IndexOf('=');
        var written = (equals < 0 ? part : part[..equals]).Trim();
        var value = equals < 0 ? [] : part[(equals + 1)..].Trim();
        var name = RulePartNames.Find(written);
        reason = "";
        if (!parts.TryNote(name, written)) reason = $"The part {Capitals(written)} stands twice.";
        else if (!parts.TrySet(name, value)) reason = name is RulePartName.Scale or RulePartName.Skip
            ? $"{Capitals(written)}={value} is not supported: only the Gregorian calendar, and only leaving out dates that do not exist."
            : $"{Capitals(written)}={value} has no meaning.";
        return reason.Length == 0;
    }

    private static string Capitals(ReadOnlySpan<char> name) => name.ToString().ToUpperInvariant();
}
