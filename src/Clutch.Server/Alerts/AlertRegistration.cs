using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Alerts.Rules;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Alerts;

/// <summary>Adds alerts to the server.</summary>
internal static class AlertRegistration
{
    public static void AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertStore>();
        services.AddSingleton<SilenceStore>();
        services.AddSingleton<AlertLease>();
        services.AddSingleton<AlertTargets>();
        services.AddSingleton<AlertOutbox>();
        services.AddSingleton<AlertQueries>();
        services.AddSingleton<AlertEngine>();
        services.AddSingleton<AlertWatch>();
        services.AddSingleton<IAlertRule, FailedRule>();
        services.AddSingleton<IAlertRule, RunningTooLongRule>();
        services.AddSingleton<IAlertRule, MissedScheduleRule>();
        services.AddSingleton<IAlertRule, NoProgressRule>();
        services.AddSingleton<IAlertRule, NoSuccessWithinRule>();
        services.AddSingleton<IAlertRule, DeadLettersRule>();
        services.AddSingleton<IAlertRule, OutboxLagRule>();
        services.AddSingleton<IAlertRule, NodeLostRule>();
        services.AddSingleton<IAlertRule, ClockSkewRule>();
        services.AddSingleton<IAlertRule, PartitionQuarantinedRule>();
    }
}
