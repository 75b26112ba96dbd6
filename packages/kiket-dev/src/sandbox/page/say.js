/**
 * Says something to whoever cannot see it.
 *
 * @param {string} text
 */
export function say(text) {
  const region = document.getElementById('said');
  if (region !== null) region.textContent = text;
}
