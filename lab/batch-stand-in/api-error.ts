/** An error as AWS returns it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function clientError(message: string): ApiError {
  return new ApiError(400, 'ClientException', message);
}
