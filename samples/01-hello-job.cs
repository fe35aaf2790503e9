// The smallest job: 10,000 numbers in chunks of 1,000, kept in memory only. Run it: dotnet run 01-hello-job.cs run hello
#:project ../src/Clutch/Clutch.csproj
#:package Microsoft.Extensions.DependencyInjection

using Microsoft.Extensions.DependencyInjection;

var sum = 0L;
var services = new ServiceCollection().AddClutch(clutch => clutch
    .AddJob("hello", job => job
        .Step("add", step => step
            .ReadFrom(Enumerable.Range(1, 10_000).ToList())
            .Filter(number => number % 2 == 0)
            .WriteChunk((numbers, chunk, cancellationToken) =>
            {
                foreach (var number in numbers.Items.Span)
                    sum += number;
                return ValueTask.CompletedTask;
            })
            .ChunkSize(1_000))
        .Step("report", (step, cancellationToken) => Console.Out.WriteLineAsync($"The even numbers add up to {sum:N0}."))));

return await services.BuildServiceProvider().RunClutchAsync(args);
