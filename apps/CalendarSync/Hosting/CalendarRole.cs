namespace CalendarSync.Hosting;

/// <summary>Which part of the service a host is.</summary>
internal enum CalendarRole
{
    /// <summary>The web server: API, pages, export feeds.</summary>
    Main,

    /// <summary>The jobs, import and export, with the batch server's API and dashboard.</summary>
    Batch,

    /// <summary>The same in the main server's process, for small installations: at an address of its own.</summary>
    BatchBesideMain,

    /// <summary>The jobs for one command of the command line: no server.</summary>
    Command,
}
