namespace Clutch.Items;

/// <summary>An exception that no item is to blame for, such as a full disk: leaving items out would not help, and takes sound ones.</summary>
internal interface IFaultOfNoItem;
