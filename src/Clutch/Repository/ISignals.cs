namespace Clutch.Repository;

/// <summary>Lets processes that share a job repository wake each other. A signal is a hint: whoever waits looks by himself after a while, too.</summary>
public interface ISignals
{
    /// <summary>Whether signals of other processes are heard now. While they are not, one must look more often.</summary>
    bool IsHearing { get; }

    /// <summary>Tells all processes, this one included, that something happened.</summary>
    /// <param name="topic">What about: up to 200 characters, such as <c>partitions/42</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask SendAsync(string topic, CancellationToken cancellationToken);

    /// <summary>Calls back at each signal of a topic, and whenever one may have been missed, until what it answers is disposed.</summary>
    /// <param name="topic">What about.</param>
    /// <param name="heard">Called on any thread; it must return at once and not throw.</param>
    IDisposable Subscribe(string topic, Action heard);
}
