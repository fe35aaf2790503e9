using Microsoft.Extensions.DependencyInjection;
using MyJobs;

var services = new ServiceCollection();
services.AddClutchSqlite("Data Source=clutch.db");   // or AddClutchPostgreSql("Host=...") from Clutch.PostgreSql
services.AddClutch(clutch => clutch.AddImportProducts());

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);          // run, restart, stop, list, show, dead-letters, redrive ...
