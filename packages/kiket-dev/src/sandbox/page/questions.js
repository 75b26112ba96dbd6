/** The question that was answered last, for each part of the page and for each delivery. */
const answered = new Map();
let asked = 0;
let forgotten = 0;

/** How many questions have been asked so far. */
export function countQuestions() {
  return asked;
}

/**
 * The number of the question to which what is shown is the answer.
 *
 * @param {string} about
 */
export function lastAnswered(about) {
  return answered.get(about) ?? 0;
}

/** Lets no answer be news that is still to come: the story begins anew. */
export function forgetQuestions() {
  forgotten = asked;
}

/**
 * Notes a question. Returns whether its answer is news when it comes, because answers may overtake each other.
 *
 * @param {string} about
 */
export function question(about) {
  asked += 1;
  const number = asked;
  return () => {
    if (number <= forgotten || number < lastAnswered(about)) return false;
    answered.set(about, number);
    return true;
  };
}
