// What follows what: a decision, steps side by side, a clean-up after a failure, a stop for a person to look.
//   dotnet run -c Release samples/10-flow.cs run publish-prices date=2026-11-27
//   dotnet run -c Release samples/10-flow.cs run publish-prices date=2026-11-28 rows=0         nothing to do: ends at once
//   dotnet run -c Release samples/10-flow.cs run publish-prices date=2026-11-30 rows=5000      doubtful: stops; the same again goes on after the stop
//   dotnet run -c Release samples/10-flow.cs run publish-prices date=2026-12-01 rows=-1        fails, and cleans up
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.DependencyInjection

using Clutch.Executions;
using Microsoft.Extensions.DependencyInjection;

Directory.CreateDirectory("data");
var services = new ServiceCollection();
services.AddClutchSqlite("Data Source=data/flow.db");
services.AddClutch(clutch => clutch
    .AddJob("publish-prices", job => job
        .Parameter<DateOnly>("date")
        .Parameter<int>("rows", rows => rows.WithDefault(100))
        .Step("load", Prices.LoadAsync)
        .Step("check", Prices.CheckAsync)
        .Decide("weekend?", flow => flow.Parameters.Get<DateOnly>("date").DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? "yes" : "no")
        .Split("publish",
            shop => shop.Step("shop-prices", Prices.SayAsync).Step("shop-feed", Prices.SayAsync),
            branches => branches.Step("branch-prices", Prices.SayAsync))
        .Step("report", Prices.SayAsync)
        .Aside(aside => aside.Step("clean-up", Prices.SayAsync))
        .On("load").Outcome("Nothing*").End("NothingToDo")
        .On("load").Failed().GoTo("clean-up")
        .On("clean-up").Any().Fail()
        .On("check").Outcome("Doubtful").StopAndRestartAt("weekend?")
        .On("weekend?").Outcome("yes").GoTo("report")));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

internal static class Prices
{
    public static Task LoadAsync(StepContext step, CancellationToken cancellationToken)
    {
        var rows = step.Parameters.Get<int>("rows");
        if (rows < 0)
            throw new InvalidDataException($"The file has {rows} rows.");
        if (rows == 0)
            step.ExitCode = "NothingLoaded";
        return SayAsync(step, cancellationToken);
    }

    public static Task CheckAsync(StepContext step, CancellationToken cancellationToken)
    {
        if (step.Parameters.Get<int>("rows") > 1_000)
            step.ExitCode = "Doubtful";
        return SayAsync(step, cancellationToken);
    }

    public static Task SayAsync(StepContext step, CancellationToken cancellationToken) => Console.Out.WriteLineAsync($"- {step.StepName}");
}
