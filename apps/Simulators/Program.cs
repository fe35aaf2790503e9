using Simulators;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var app = builder.BuildSimulators();
await app.StartAsync();
Console.WriteLine($"Simulators listening on {app.Urls.First()}");
await app.WaitForShutdownAsync();
