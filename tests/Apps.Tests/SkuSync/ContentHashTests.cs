using SkuSync.Catalog;

namespace Apps.Tests.SkuSync;

public sealed class ContentHashTests
{
    private static readonly ContentHash Hash = new([]);

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{ "b": 2, "a": 1 }""")]
    [InlineData("""{"a":1.0}""", """{"a":1}""")]
    [InlineData("""{"a":100}""", """{"a":1e2}""")]
    [InlineData("""{"a":0.5}""", """{"a":50e-2}""")]
    [InlineData("""{"a":-0}""", """{"a":0.000}""")]
    [InlineData("""{"a":"é"}""", """{"a":"\u00e9"}""")]
    [InlineData("""{"a":{"x":[1,{"p":1,"q":2}]}}""", """{"a":{"x":[1,{"q":2,"p":1}]}}""")]
    public void The_same_content_has_one_hash_however_it_is_written(string one, string other) => Assert.Equal(Hash.Of(one), Hash.Of(other));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":"1"}""")]
    [InlineData("""{"a":1}""", """{"a":-1}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":null}""", "{}")]
    [InlineData("""{"a":9007199254740993}""", """{"a":9007199254740992}""")]
    [InlineData("""{"a":10}""", """{"a":100}""")]
    public void Other_content_has_another_hash(string one, string other) => Assert.NotEqual(Hash.Of(one), Hash.Of(other));

    [Fact]
    public void Members_that_are_no_content_do_not_count_at_the_top_and_count_below_it()
    {
        var hash = new ContentHash(["servedAt"]);

        Assert.Equal(hash.Of("""{"name":"x","servedAt":1}"""), hash.Of("""{"name":"x","servedAt":2}"""));
        Assert.NotEqual(hash.Of("""{"price":{"servedAt":1}}"""), hash.Of("""{"price":{"servedAt":2}}"""));
    }

    [Fact]
    public void Hashes_of_other_rules_are_told_apart_whatever_the_order_in_which_the_rules_are_written()
    {
        Assert.Equal(new ContentHash(["a", "b"]).Rules, new ContentHash(["b", "a"]).Rules);
        Assert.NotEqual(new ContentHash(["a"]).Rules, Hash.Rules);
    }
}
