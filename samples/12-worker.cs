// A worker without a web server: it fires its schedules, recovers what dead processes left and restarts failed jobs by their policies, until it is asked to end.
//   dotnet run -c Release samples/12-worker.cs
//   dotnet run -c Release samples/12-worker.cs list        the commands, beside it
#:project ../src/Clutch.Quartz/Clutch.Quartz.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.Hosting

using Clutch.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

Directory.CreateDirectory("data");
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);   // standard output stays for what the commands say
builder.Services.AddClutchSqlite("Data Source=data/worker.db");                                // or AddClutchPostgreSql("Host=...")
builder.Services.AddClutch(clutch => clutch
    .AddJob("tidy", job => job
        .Parameter<DateTimeOffset>("at")
        .RestartAutomatically(new RestartPolicy { Attempts = 5 })                              // the worker does it
        .Step("tidy", (step, cancellationToken) => Console.Out.WriteLineAsync($"Tidied for {step.Parameters.Get<DateTimeOffset>("at"):t}.")))
    .AddSchedule("each-minute", "tidy", schedule => schedule
        .Cron("* * * * *")
        .Parameter("at", "{scheduled}")));
builder.Services.AddClutchSchedules(schedules => schedules.UseSqlite("Data Source=data/worker.db"));   // brings AddClutchWorker along; without schedules: AddClutchWorker()

using var host = builder.Build();
if (args.Length > 0)
    return await host.RunClutchAsync(args);
await host.RunAsync();
return 0;
