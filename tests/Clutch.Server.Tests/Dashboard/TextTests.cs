using System.Text.RegularExpressions;
using Clutch.Server.Texts;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Every text is there in every language.</summary>
public sealed partial class TextTests
{
    [Fact]
    public void All_languages_have_the_same_texts_with_the_same_places_for_values()
    {
        foreach (var book in TextBook.All.Values)
        {
            Assert.Equal(TextBook.English.Keys.Order(StringComparer.Ordinal), book.Keys.Order(StringComparer.Ordinal));
            Assert.All(book.Keys, key => Assert.Equal(PlacesOf(TextBook.English[key]), PlacesOf(book[key])));
        }
    }

    [Theory]
    [InlineData("ko", "ko-KR,ko;q=0.9,en;q=0.8", null)]
    [InlineData("en", "de-DE,de;q=0.9", null)]
    [InlineData("en", "", null)]
    [InlineData("ko", "en-GB", "ko")]
    [InlineData("en", "en-GB", "xx")]
    public void The_chosen_language_wins_then_the_browser_s_then_English(string expected, string accepted, string? chosen) =>
        Assert.Equal(expected, TextBook.Choose(chosen, accepted.Split(',').Select(tag => tag.Split(';')[0])).Language);

    [Theory]
    [InlineData(0.42, "420 ms")]
    [InlineData(3.44, "3.4 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(3_600, "1 h")]
    [InlineData(4_320, "1 h 12 min")]
    [InlineData(270_000, "3 d 3 h")]
    [InlineData(-5, "0 ms")]
    public void Spans_read_with_their_two_largest_units(double seconds, string expected) => Assert.Equal(expected, TextBook.English.Span(seconds));

    private static IEnumerable<string> PlacesOf(string text) => Place().Matches(text).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
