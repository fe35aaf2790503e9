using SkuSync.Hosting;

var commandLine = CommandLine.Parse(args);
try
{
    return commandLine.Verb is "serve" or "keys" or "users" ? await Server.RunAsync(commandLine) : await Commands.RunAsync(commandLine);
}
catch (SkuConfigurationException fault)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 2;
}
catch (Exception fault) when (ClutchServerCommandLine.FindExitCode(fault) is { } code)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return (int)code;
}
catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
{
    // A settings file that is no JSON, or a setting that is no number where one is wanted; the inner exception says where in the file.
    await Console.Error.WriteLineAsync($"{fault.Message} {fault.InnerException?.Message}");
    return 2;
}
