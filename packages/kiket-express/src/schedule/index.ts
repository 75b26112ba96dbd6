/* Settings that are times, such as freezes or opening hours, one-off or recurring. */
export { timeWindow, timeWindows } from './timeWindow.ts';
export { endOfWindows, type TimeWindow } from './window.ts';
