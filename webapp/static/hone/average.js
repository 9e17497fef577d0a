// The exponentially weighted average of a series, corrected for its cold start: v / (1 - beta^t).

export class Average {
  constructor(beta) {
    Object.assign(this, { beta, v: 0, rest: 1 });
  }

  /** The averages at the next values; a gap stays a gap and counts for nothing. */
  extend(values) {
    const { beta } = this;
    return values.map((value) => {
      if (value === null) return null;
      this.v = beta * this.v + (1 - beta) * value;
      this.rest *= beta;
      return this.v / (1 - this.rest);
    });
  }
}

/** About how many steps an average looks back over. */
export const windowFor = (beta) => 1 / (1 - beta);
