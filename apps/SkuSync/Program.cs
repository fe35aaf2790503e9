using System.Data.Common;
using Clutch.Repository;
using SkuSync.Hosting;

var commandLine = CommandLine.Parse(args);
try
{
    return commandLine.Verb is "serve" or "keys" or "users" ? await Server.RunAsync(commandLine) : await Commands.RunAsync(commandLine);
}
catch (Exception fault) when (fault is SkuConfigurationException or RepositoryException or DbException)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return fault is SkuConfigurationException ? 2 : 6;
}
