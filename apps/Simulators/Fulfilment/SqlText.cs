using Microsoft.Data.Sqlite;

namespace Simulators.Fulfilment;

/// <summary>Statements in one line each: <c>connection.Run("...", ("$id", id))</c>.</summary>
internal static class SqlText
{
    extension(SqliteConnection connection)
    {
        public int Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            using var command = connection.Command(sql, parameters);
            return command.ExecuteNonQuery();
        }

        /// <summary>The first column of the first row, or null when there is no row or it is null.</summary>
        public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            using var command = connection.Command(sql, parameters);
            return command.ExecuteScalar() is { } value and not DBNull ? value : null;
        }

        public List<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            using var command = connection.Command(sql, parameters);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
                rows.Add(map(reader));
            return rows;
        }

        /// <summary>A prepared command to run many times with other values.</summary>
        public SqliteCommand Prepare(string sql, params ReadOnlySpan<string> names)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var name in names)
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            return command;
        }

        private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
                command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            return command;
        }
    }

    extension(SqliteCommand command)
    {
        /// <summary>Gives a prepared command its values, in the order of its names.</summary>
        public SqliteCommand With(params ReadOnlySpan<object?> values)
        {
            for (var index = 0; index < values.Length; index++)
                command.Parameters[index].Value = values[index] ?? DBNull.Value;
            return command;
        }
    }

    extension(SqliteDataReader reader)
    {
        public string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

        public DateTimeOffset Instant(int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));
    }
}
