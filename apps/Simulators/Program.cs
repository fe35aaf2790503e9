using Simulators;
using Simulators.Faults;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var options = SimulatorOptions.From(builder.Configuration);
Directory.CreateDirectory(options.DataFolder);
builder.Services.AddSimulators(options);

await using var app = builder.Build();
app.UseMiddleware<FaultInjector>();
app.MapSimulators(options);
await app.StartAsync();
Console.WriteLine($"Simulators listening on {app.Urls.First()}");
await app.WaitForShutdownAsync();
