using System.Net;
using Clutch.Relational;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>A step's counters add up in sight.</summary>
public sealed class StepCardTests
{
    [Theory]
    [InlineData(10, 7, 1, "10 read = 7 written + 1 filtered + 2 skipped; 3 could not be read")]
    [InlineData(10, 5, 1, "10 read = 5 written + 1 filtered + 2 skipped + 2 read but not committed; 3 could not be read")]
    public async Task What_could_not_be_read_stands_apart_from_what_was_read(int read, int written, int filtered, string sum)
    {
        await using var server = await OpenDashboard.StartAsync();
        var id = (await server.Anonymous.LaunchAsync("quick", """{"date":"2026-11-24"}""")).Id;
        await server.Anonymous.EndAsync(id);
        var change = new Statement("""
            UPDATE clutch_step_execution
            SET read_count = @read, written_count = @written, filtered_count = @filtered, read_skip_count = 3, process_skip_count = 1, write_skip_count = 1
            WHERE job_execution_id = @execution
            """).With("read", read).With("written", written).With("filtered", filtered).With("execution", id);
        await server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(change, Rows.Affected, CancellationToken.None);

        var page = WebUtility.HtmlDecode(await server.Anonymous.GetStringAsync(new Uri($"/executions/{id}", UriKind.Relative)));

        Assert.Contains($">{sum}<", page, StringComparison.Ordinal);
    }
}
