import * as z from 'zod/mini';
import { text } from '../../shared/shapes.ts';

export const reasonShape = z.object({ code: text, message: text });
