using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Clutch.PostgreSql.Signals;

/// <summary>Signals over LISTEN and NOTIFY, on one connection a process that is opened with the first subscription.</summary>
internal sealed class PostgreSqlSignals(PostgreSqlDatabase database, TimeProvider timeProvider, ILogger<PostgreSqlSignals> logger) : ISignals, IAsyncDisposable
{
    public const string Channel = "clutch_signal";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Subscriptions _subscriptions = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly string _echo = $"echo/{Guid.CreateVersion7():N}";
    private Task? _listening;
    private volatile bool _isHearing;

    public bool IsHearing => _isHearing;

    public async ValueTask SendAsync(string topic, CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.Signal(topic), Rows.Affected, cancellationToken);

    public IDisposable Subscribe(string topic, Action heard)
    {
        lock (_lock)
            _listening ??= Task.Run(ListenAsync);
        return _subscriptions.Add(topic, heard);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_listening is not null)
            await _listening;
        _ending.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await HearAsync();
            }
            catch (Exception fault)
            {
                // At the end, whatever broke it off: nobody waits for signals any more.
                if (!_ending.IsCancellationRequested)
                    logger.SignalsLost(fault);
            }

            _isHearing = false;
            await Task.Delay(Pause, timeProvider, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HearAsync()
    {
        await using var connection = await database.OpenListenerAsync(_ending.Token);
        connection.Notification += (_, notification) => Hear(notification.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
            await listen.ExecuteNonQueryAsync(_ending.Token);
        // Behind a pooler that lends connections for a transaction, nothing is ever heard: only the echo proves that it works.
        await SendAsync(_echo, _ending.Token);
        while (true)
            await connection.WaitAsync(_ending.Token);
    }

    private void Hear(string topic)
    {
        if (topic == _echo)
        {
            _isHearing = true;
            // What was sent while the connection was away is lost.
            _subscriptions.Tell(topic: null);
        }
        else
        {
            _subscriptions.Tell(topic);
        }
    }
}
