using CalendarSync.Hosting;

return await CalendarProgram.RunAsync(args, Console.Out);
