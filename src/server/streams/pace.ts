/** How often a stream looks into the store, in milliseconds: the longest that an event is late. */
export const lookInterval = 200;

/** After how many looks in vain a stream says that it is still there: proxies close what says nothing. */
export const quietLooks = 75;
