// Who is not tracked. What a visitor told this very site goes before what his browser tells all of them.

/** Whether the browser says that its user is not to be tracked: Global Privacy Control, Do Not Track. */
export const browserObjects = ({ navigator, doNotTrack }) =>
  navigator.globalPrivacyControl === true || [navigator.doNotTrack, doNotTrack].includes("1");

/** Whether anything may be sent. Consent that the visitor gave to the page is more than the browser's word. */
export const mayTrack = (page, consent) => consent === true || !browserObjects(page);

/** Whether a visitor has opted out of one site. */
export const hasOptedOut = (cookies, site) => Boolean(cookies.read(`_no_tracky_${site}`) || cookies.read(`no_trackyy_${site}`));
