using Microsoft.AspNetCore.Connections;
using Simulators;

// The exit codes are those of the other programs: docs/reference/exit-codes.md.
try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    await using var app = builder.BuildSimulators(args);
    await app.StartAsync();
    Console.WriteLine($"Simulators listening on {app.Urls.First()}");
    await app.WaitForShutdownAsync();
    return 0;
}
catch (SimulatorSettingsException fault)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 2;
}
catch (IOException fault) when (fault.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{fault.Message} Give another one: --urls http://127.0.0.1:0 takes a free port.");
    return 5;
}
