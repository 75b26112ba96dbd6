/** Who approved a move: `Approved by noor@example.com.` */
export function approvalSentence(approvers: readonly string[]): string {
  return approvers.length === 0 ? 'Nobody had to approve.' : `Approved by ${approvers.join(', ')}.`;
}
