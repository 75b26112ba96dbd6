/* Settings that are times: freezes, opening hours, whatever comes once or every week. */
export { timeWindow } from './timeWindow.ts';
export { endOfWindows, type TimeWindow } from './window.ts';
