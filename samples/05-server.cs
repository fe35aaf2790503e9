// A batch server in one file: REST API, live progress and command line over one job, in a SQLite file.
//
//   dotnet run -c Release samples/05-server.cs                        serves at http://127.0.0.1:5000, this machine only
//   dotnet run -c Release samples/05-server.cs keys create me --role operator
//
// then, from another terminal:
//
//   clutch launch count numbers=1000000 --follow        (dotnet run --project src/Clutch.Cli -- launch ...)
#:sdk Microsoft.NET.Sdk.Web
#:property RunWorkingDirectory=$(MSBuildStartupDirectory)
#:project ../src/Clutch.Server/Clutch.Server.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj

var builder = WebApplication.CreateBuilder(args);
Directory.CreateDirectory("data");
builder.Services.AddClutchSqlite("Data Source=data/server.db");               // or AddClutchPostgreSql("Host=...")
builder.Services.AddClutch(clutch => clutch
    .AddJob("count", job => job
        .Describe("Counts numbers.")
        .Parameter<int>("numbers", parameter => parameter.WithDefault(100_000))
        .Step("count", step => step
            .ReadFrom(context => AsyncEnumerable.Range(1, context.Parameters.Get<int>("numbers")))
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .ChunkSize(1_000))));
builder.Services.AddClutchServer();

var app = builder.Build();
app.MapClutchServer();
return await app.RunClutchServerAsync(args);                                   // serves; or: run, list, show, keys, users ...
