using System.Globalization;

namespace Clutch.Testing;

/// <summary>An item that a test wanted to fail. Not transient; skip it with <c>Skip&lt;BadItemException&gt;()</c>.</summary>
public sealed class BadItemException(object item) : Exception($"Item {Convert.ToString(item, CultureInfo.InvariantCulture)} is bad.");

/// <summary>A fault that goes away when the work is repeated: transient without a rule, for it is a time-out.</summary>
public sealed class PassingFaultException(object item) : TimeoutException($"Item {Convert.ToString(item, CultureInfo.InvariantCulture)} failed for the moment.");

/// <summary>Says which items fail, how often and with what, and counts how often each was tried.</summary>
/// <remarks>Shared by the fakes of one test, restarts included; safe to use from several tasks.</remarks>
public sealed class ItemFaults<T>
    where T : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<T, (int Times, Func<Exception> Fault)> _faults = [];
    private readonly Dictionary<T, int> _attempts = [];

    /// <summary>Whether any item is still to fail.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _faults.Count == 0;
        }
    }

    /// <summary>Has the item fail with a <see cref="BadItemException"/> or the given fault: always, or so many times.</summary>
    public ItemFaults<T> Fail(T item, int times = int.MaxValue, Func<Exception>? fault = null)
    {
        lock (_lock)
            _faults[item] = (times, fault ?? (() => new BadItemException(item)));
        return this;
    }

    /// <summary>Has the items fail always, with a <see cref="BadItemException"/>.</summary>
    public ItemFaults<T> FailAll(IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
            Fail(item);
        return this;
    }

    /// <summary>Has the item fail so many times with a <see cref="PassingFaultException"/>.</summary>
    public ItemFaults<T> FailForAWhile(T item, int times) => Fail(item, times, () => new PassingFaultException(item));

    /// <summary>From now on nothing fails.</summary>
    public void Mend()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>How often the item was tried.</summary>
    public int AttemptsOf(T item)
    {
        lock (_lock)
            return _attempts.GetValueOrDefault(item);
    }

    /// <summary>Tries the item: the fault it fails with this time, or null.</summary>
    public Exception? Try(T item)
    {
        lock (_lock)
        {
            _attempts[item] = _attempts.GetValueOrDefault(item) + 1;
            if (!_faults.TryGetValue(item, out var fault))
                return null;
            if (fault.Times == 1)
                _faults.Remove(item);
            else
                _faults[item] = fault with { Times = fault.Times - 1 };
            return fault.Fault();
        }
    }

    /// <summary>Tries the item and answers it, or throws the fault it fails with: a processor as it stands.</summary>
    public T Pass(T item) => Try(item) is { } fault ? throw fault : item;
}
