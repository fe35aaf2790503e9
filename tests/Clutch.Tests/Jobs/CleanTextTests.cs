using System.Text;
using Clutch.Executions;

namespace Clutch.Tests.Jobs;

public sealed class CleanTextTests
{
    [Theory]
    [InlineData("as it is", "as it is")]
    [InlineData("ten chars!", "ten chars!")]
    [InlineData("eleven char", "eleven ch…")]
    [InlineData("12345678\U0001F600x", "12345678…")]
    [InlineData("1234567\U0001F600xx", "1234567\U0001F600…")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("", "")]
    public void Text_is_cut_between_characters(string text, string clean) => Assert.Equal(clean, CleanText.Of(text, 10));

    [Fact]
    public void Halves_of_pairs_are_replaced_wherever_they_stand()
    {
        var halves = new string(['\uDE00', 'a', '\uD83D', 'b', '\uD83D', '\uDE00', '\uD83D']);

        Assert.Equal("\uFFFDa\uFFFDb\U0001F600\uFFFD", CleanText.Of(halves, 10));
    }

    [Theory]
    [InlineData("nothing to hide", "nothing to hide")]
    [InlineData("Host=db;Password=hunter2;Port=5432", "Host=db;Password=***;Port=5432")]
    [InlineData("Authorization: Bearer abc.def was refused", "Authorization: *** was refused")]
    [InlineData("""{"api_key": "abc def", "sku": 1}""", """{"api_key": ***, "sku": 1}""")]
    [InlineData("https://ann:hunter2@erp.test/x", "https://***@erp.test/x")]
    public void What_looks_like_a_secret_is_masked(string text, string masked) => Assert.Equal(masked, CleanText.WithoutSecrets(text));

    [Fact]
    public void A_failure_of_any_message_can_be_encoded()
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        for (var start = 0; start < 3; start++)
        {
            var failure = Failure.From(new InvalidDataException(new string('x', start) + string.Concat(Enumerable.Repeat("\U0001F600", 10_000))));

            Assert.InRange(strict.GetByteCount(failure.Message), 2_048, 2 * 2_048);
            Assert.InRange(strict.GetByteCount(failure.Details!), 16_384, 2 * 16_384);
        }
    }
}
