#if (!server)
using Microsoft.Extensions.DependencyInjection;
#endif
using MyJobs;

#if (server)
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddClutchSqlite(builder.Configuration.GetConnectionString("Clutch") ?? "Data Source=clutch.db");   // or AddClutchPostgreSql("Host=...") from Clutch.PostgreSql
builder.Services.AddClutch(clutch => clutch.AddImportProducts());
builder.Services.AddClutchServer();

var app = builder.Build();
app.MapClutchServer();
return await app.RunClutchServerAsync(args);         // serves; or: run, restart, stop, list, show, dead-letters, keys, users ...
#else
var services = new ServiceCollection();
services.AddClutchSqlite("Data Source=clutch.db");   // or AddClutchPostgreSql("Host=...") from Clutch.PostgreSql
services.AddClutch(clutch => clutch.AddImportProducts());

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);          // run, restart, stop, list, show, dead-letters ...
#endif
